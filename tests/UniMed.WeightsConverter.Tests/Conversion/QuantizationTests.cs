using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.Tests;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

public class QuantizationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(WeightDtype.Int8)]
    [InlineData(WeightDtype.Int4)]
    public void The_same_sources_give_the_same_bytes_and_config_says_the_dtype(WeightDtype dtype)
    {
        using var folder = new TemporaryFolder();
        Conversions.Run(Requests.Nano(folder.At("first"), dtype));
        Conversions.Run(Requests.Nano(folder.At("second"), dtype));

        Assert.Equal(FolderContent.Read(folder.At("first")), FolderContent.Read(folder.At("second")));
        Assert.Equal(dtype.ToString().ToLowerInvariant(), UniMedConfigFile.Read(folder.At("first", "config.json")).Provenance.Dtype);
    }

    [Fact]
    public void Matrices_of_layers_become_blocks_tables_f16_and_vectors_f32()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(Requests.Nano(folder.At("out"), WeightDtype.Int4));
        using var files = SafetensorsSet.Open(folder.At("out"));
        string TypeOf(string name) => files.Tensors[name].Type.SafetensorsName();

        Assert.Equal("U8", TypeOf("language.model.layers.0.mlp.down_proj.weight"));
        Assert.Equal([256, 22 * 16], files.Tensors["language.model.layers.0.mlp.down_proj.weight"].Shape);
        Assert.Equal([256, 22], files.Tensors["language.model.layers.0.mlp.down_proj.weight.scales"].Shape);
        Assert.Equal("I8", TypeOf("language.lm_head.weight"));
        Assert.Equal("U8", TypeOf("connector.router.fc1.weight"));
        Assert.Equal("U8", TypeOf("connector.moe_layers.4.2.weight"));
        Assert.Equal("U8", TypeOf("vision.blocks.5.attn.qkv.weight"));
        Assert.All(["language.model.embed_tokens.weight", "vision.pos_embed", "vision.patch_embed.proj.weight"], name => Assert.Equal("F16", TypeOf(name)));
        Assert.All(
            ["vision.cls_token", "vision.blocks.0.norm1.weight", "vision.blocks.0.attn.q_bias", "connector.router.fc1.bias", "connector.task_tokens.vqa", "language.model.norm.weight"],
            name => Assert.Equal("F32", TypeOf(name)));
        Assert.Equal(["F16", "F32", "INT4", "INT8"], report.Formats.Select(f => f.Format));
        Assert.Equal(report.Used.Count, report.Formats.Sum(f => f.Tensors));
        Assert.Equal(files.Tensors.Values.Sum(t => t.ByteLength), report.Formats.Sum(f => f.Bytes));
        Assert.Equal(["language.lm_head.weight"], report.Kept.Select(k => k.Name));
        Assert.Equal("INT4", report.Used.Single(t => t.Name == "vision.blocks.0.mlp.fc1.weight").OutputType);
    }

    [Theory]
    [InlineData(WeightDtype.Int8)]
    [InlineData(WeightDtype.Int4)]
    public void Products_of_the_merged_weights_with_random_activations_err_less_than_by_the_published_rules(WeightDtype dtype)
    {
        using var folder = new TemporaryFolder();
        Conversions.Run(Requests.Nano(folder.At("out"), dtype) with { KeepInt8 = dtype == WeightDtype.Int4 ? [] : null, MaxShardBytes = 1_000_000 });
        using var exact = SafetensorsSet.Open(Golden.NanoModel);
        using var files = SafetensorsSet.Open(folder.At("out"));
        WeightFormat format = dtype == WeightDtype.Int8 ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32;
        var random = new Random(1);
        double ours = 0, published = 0, squares = 0;
        int matrices = 0;
        foreach (string name in files.Tensors.Keys.Where(name => files.Contains(name + ".scales")))
        {
            HostTensor source = exact.GetTensor(name);
            HostTensor stored = HostTensor.Quantized(format, files.GetTensor(name), files.GetTensor(name + ".scales"), source.Columns);
            var expected = new float[source.Columns];
            var actual = new float[source.Columns];
            for (int row = 0; row < source.Rows; row++)
            {
                source.CopyRowTo(row, expected);
                stored.CopyRowTo(row, actual);
                float[] rule = [.. expected.Chunk(32).SelectMany(block => PublishedRules.Apply(format, block))];
                for (int n = 0; n < 4; n++)
                {
                    float[] activation = Activations(random, source.Columns);
                    double product = Product(expected, activation);
                    squares += product * product;
                    ours += Square(product - Product(actual, activation));
                    published += Square(product - Product(rule, activation));
                }
            }

            matrices++;
        }

        Assert.Equal(65, matrices);
        (double share, double noise) = dtype == WeightDtype.Int8 ? (0.86, 3e-5) : (0.9, 8e-3);
        output.WriteLine($"{dtype}: squared error of products {ours / published:g4} of the published rule's, {ours / squares:g4} of the signal.");
        Assert.True(ours <= share * published, $"Squared error of products {ours:g5}, by the published rule {published:g5}: {ours / published:g4}.");
        Assert.True(ours <= noise * squares, $"Noise is {ours / squares:g4} of the signal.");
    }

    [Fact]
    public void Parts_are_kept_in_f16_or_int8()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(
            Requests.Nano(folder.At("out"), WeightDtype.Int4) with { KeepF16 = [WeightPart.Vision, WeightPart.Router], KeepInt8 = [WeightPart.Experts] });
        string TypeOf(string name) => report.Used.Single(t => t.Name == name).OutputType;

        Assert.Equal("F16", TypeOf("vision.blocks.0.attn.qkv.weight"));
        Assert.Equal("F16", TypeOf("connector.router.fc1.weight"));
        Assert.Equal("INT8", TypeOf("connector.moe_layers.0.0.weight"));
        Assert.Equal("INT4", TypeOf("language.lm_head.weight"));
        Assert.Equal("INT4", TypeOf("language.model.layers.3.self_attn.v_proj.weight"));
    }

    [Fact]
    public void A_router_that_the_engine_would_cut_inside_a_block_stays_f16_and_the_report_says_so()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(Requests.Tiny(folder.At("out")) with { Dtype = WeightDtype.Int8 });

        KeptTensor kept = Assert.Single(report.Kept);
        Assert.Equal(("connector.router.fc1.weight", "F16"), (kept.Name, kept.Format));
        Assert.Contains("column 16 (task_token_c)", kept.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Quantized_matrices_follow_the_floats_each_with_its_scales_and_every_tensor_is_aligned()
    {
        using var folder = new TemporaryFolder();
        Conversions.Run(Requests.Nano(folder.At("out"), WeightDtype.Int4));
        using var file = SafetensorsFile.Open(folder.At("out", "model.safetensors"));
        TensorInfo[] tensors = [.. file.Tensors.Values.OrderBy(t => t.Offset)];

        Assert.All(tensors, t => Assert.Equal(0, t.Offset % t.Type.Size()));
        string[] names = [.. file.Tensors.OrderBy(t => t.Value.Offset).Select(t => t.Key)];
        Assert.All(names.Where(name => file.Tensors.ContainsKey(name + ".scales")), name => Assert.Equal(name + ".scales", names[Array.IndexOf(names, name) + 1]));
        Assert.All(tensors.SkipWhile(t => t.Type.IsFloat()), t => Assert.True(t.Type is ElementType.I8 or ElementType.U8 or ElementType.F16));
    }

    [Theory]
    [InlineData(-1e7f)]
    [InlineData(1e7f)]
    public void A_number_that_no_block_can_hold_is_an_error_that_names_the_tensor(float number)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        var weight = (TestTensor)tensors["router.fc2.weight"];
        BitConverter.TryWriteBytes(weight.Bytes.AsSpan(20), number);
        string message = Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config()) with { Dtype = WeightDtype.Int8 });

        Assert.Contains("connector.router.fc2.weight", message, StringComparison.Ordinal);
        Assert.Contains("at element 5; INT8 holds", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_are_kept_only_where_something_is_quantized()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("--keep-f16 belongs to --dtype int8 and int4; --dtype is f16", Conversions.Refusal(Requests.Nano(folder.At("out"), WeightDtype.F16) with { KeepF16 = [] }), StringComparison.Ordinal);
        Assert.Contains("--keep-int8 belongs to --dtype int4; --dtype is int8", Conversions.Refusal(Requests.Nano(folder.At("out"), WeightDtype.Int8) with { KeepInt8 = [] }), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("out")));
    }

    private static double Square(double value) => value * value;

    private static double Product(float[] weights, float[] activations)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
            sum += (double)weights[i] * activations[i];
        return sum;
    }

    private static float[] Activations(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
