using System.Security.Cryptography;
using System.Text.Json;
using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.Tests;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

public class NanoConversionTests
{
    [Fact]
    public void The_bundled_model_is_reproduced_byte_for_byte_twice()
    {
        using var folder = new TemporaryFolder();
        Conversions.Run(Requests.Nano(folder.At("first")));
        Conversions.Run(Requests.Nano(folder.At("second")));

        SortedDictionary<string, byte[]> first = FolderContent.Read(folder.At("first"));
        Assert.Equal(["config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.model", "tokenizer_config.json"], first.Keys);
        Assert.Equal(first, FolderContent.Read(folder.At("second")));
        foreach ((string name, byte[] bytes) in first)
            Assert.Equal(File.ReadAllBytes(Path.Combine(Golden.NanoModel, name)), bytes);
    }

    [Fact]
    public void The_report_accounts_for_every_key_of_every_source()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(Requests.Nano(folder.At("out")));

        Assert.Equal(28, report.Merged.Count);
        Assert.All(report.Merged, m => Assert.Equal((8, 16.0), (m.Rank, m.Alpha)));
        Assert.Empty(report.Unused);
        Assert.Empty(report.Overridden);
        Assert.Equal(["ln_vision.weight", "ln_vision.bias"], report.Missing.Select(m => m.Key));
        Assert.Equal(20, report.Ignored.Count(i => i.Reason.StartsWith("the same tensor as moe_layers.", StringComparison.Ordinal)));
        Assert.Equal(8, report.Ignored.Count(i => i.Reason.StartsWith("a buffer", StringComparison.Ordinal)));
        Assert.Contains(report.Options, o => o is { Name: "vit_heads", Value: "2" } && o.Origin.StartsWith("vit.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Provenance_names_every_source_with_its_length_and_hash()
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Golden.NanoModel, "config.json")));
        JsonElement[] sources = [.. config.RootElement.GetProperty("provenance").GetProperty("sources").EnumerateArray()];
        Assert.Equal(["checkpoint", "language", "tokenizer", "vision"], sources.Select(s => s.GetProperty("role").GetString()!).Distinct().Order());
        foreach (JsonElement source in sources)
        {
            string name = source.GetProperty("name").GetString()!;
            string path = Directory.EnumerateFiles(Golden.Path("nano-source"), name, SearchOption.AllDirectories).Single();
            byte[] bytes = File.ReadAllBytes(path);
            Assert.Equal(bytes.Length, source.GetProperty("bytes").GetInt64());
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), source.GetProperty("sha256").GetString());
        }
    }

    [Fact]
    public void Lora_is_merged_as_a_double_precision_product_says()
    {
        using var model = SafetensorsSet.Open(Golden.NanoModel);
        Dictionary<string, object> trained = TorchZip.ReadTensors(Golden.Path("nano-source", "checkpoint_0.pth"));
        var language = new Dictionary<string, object>();
        foreach (string shard in Directory.EnumerateFiles(Golden.Path("nano-source", "llama-nano"), "*.bin"))
        {
            foreach ((string key, object value) in TorchZip.ReadTensors(shard))
                language[key] = value;
        }

        int merged = 0;
        foreach (string key in trained.Keys.Where(k => k.EndsWith("lora_A.default.weight", StringComparison.Ordinal)))
        {
            string target = key["llm_model.base_model.model.".Length..^".lora_A.default.weight".Length] + ".weight";
            float[] a = Singles(trained[key]);
            float[] b = Singles(trained[key.Replace("lora_A", "lora_B", StringComparison.Ordinal)]);
            float[] w = Singles(language[target]);
            HostTensor result = model.GetTensor("language." + target);
            Assert.Equal(ElementType.F32, result.Type);
            float[] found = result.ToSingleArray();
            for (int row = 0; row < result.Rows; row++)
            {
                for (int column = 0; column < result.Columns; column++)
                {
                    double update = 0;
                    for (int k = 0; k < 8; k++)
                        update += (double)b[(row * 8) + k] * a[(k * result.Columns) + column];
                    double expected = w[(row * result.Columns) + column] + (2 * update);
                    Assert.True(Math.Abs(expected - found[(row * result.Columns) + column]) <= 2e-7 * (1 + Math.Abs(expected)), $"{target} [{row}, {column}]");
                }
            }

            merged++;
        }

        Assert.Equal(28, merged);
    }

    [Theory]
    [InlineData(WeightDtype.F32, ElementType.F32)]
    [InlineData(WeightDtype.F16, ElementType.F16)]
    [InlineData(WeightDtype.BF16, ElementType.BF16)]
    public void Every_tensor_has_the_requested_type_and_its_rounded_numbers(WeightDtype dtype, ElementType type)
    {
        using var folder = new TemporaryFolder();
        Conversions.Run(Requests.Nano(folder.At("out"), dtype));
        using SafetensorsSet kept = SafetensorsSet.Open(Golden.NanoModel);
        using SafetensorsSet converted = SafetensorsSet.Open(folder.At("out"));
        Assert.Equal(kept.Tensors.Keys.Order(), converted.Tensors.Keys.Order());
        foreach ((string name, TensorInfo info) in converted.Tensors)
        {
            Assert.Equal(type, info.Type);
            Assert.Equal(kept.Tensors[name].Shape, info.Shape);
            var numbers = new float[info.ElementCount];
            FloatConversion.ToSingle(kept.GetBytes(name), kept.Tensors[name].Type, numbers);
            var expected = new byte[info.ByteLength];
            FloatConversion.FromSingle(numbers, type, expected);
            Assert.True(converted.GetBytes(name).SequenceEqual(expected), name);
        }
    }

    [Fact]
    public void Shards_hold_the_same_tensors_as_one_file()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(Requests.Nano(folder.At("out")) with { MaxShardBytes = 8_000_000 });
        Assert.Contains("model.safetensors.index.json", report.OutputFiles);
        using SafetensorsSet one = SafetensorsSet.Open(Golden.NanoModel);
        using SafetensorsSet many = SafetensorsSet.Open(folder.At("out"));
        Assert.True(many.Files.Count > 3);
        foreach (string name in one.Tensors.Keys)
            Assert.True(one.GetBytes(name).SequenceEqual(many.GetBytes(name)), name);
    }

    private static float[] Singles(object tensor)
    {
        var stored = (TestTensor)tensor;
        bool isHalf = stored.StorageClass == "HalfStorage";
        var values = new float[stored.Bytes.Length / (isHalf ? 2 : 4)];
        FloatConversion.ToSingle(stored.Bytes, isHalf ? ElementType.F16 : ElementType.F32, values);
        return values;
    }
}
