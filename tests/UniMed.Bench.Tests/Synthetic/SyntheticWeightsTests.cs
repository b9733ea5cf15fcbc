using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;
using Xunit;

namespace UniMed.Bench.Tests;

/// <summary>Weights that no file holds are what a file would hold, and no two rows are alike.</summary>
public class SyntheticWeightsTests
{
    private const string QProj = "language.model.layers.1.self_attn.q_proj.weight";

    public static TheoryData<string> Dtypes => [.. Enum.GetNames<SyntheticDtype>()];

    [Theory]
    [MemberData(nameof(Dtypes))]
    public void A_matrix_of_a_layer_keeps_the_size_of_activations_and_repeats_no_row(string dtype)
    {
        using var source = new SyntheticWeights(SyntheticShape.Nano, Enum.Parse<SyntheticDtype>(dtype), seed: 3);

        HostTensor matrix = new ModelWeights(source, "synthetic").Load(new LanguageLayout(SyntheticShape.Nano.Language).Layers[1].QProj);
        float[] values = matrix.ToSingleArray();

        Assert.Equal(1 / Math.Sqrt(256), Math.Sqrt(values.Average(value => (double)value * value)), 0.002);
        Assert.Equal(0, values.Average(value => (double)value), 0.002);
        Assert.Equal(256, Enumerable.Range(0, 256).Select(row => string.Join(' ', values.AsSpan(row * 256, 256).ToArray())).Distinct().Count());
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_tensors_differ()
    {
        using var first = new SyntheticWeights(SyntheticShape.Nano, SyntheticDtype.F16, seed: 3);
        using var again = new SyntheticWeights(SyntheticShape.Nano, SyntheticDtype.F16, seed: 3);
        using var other = new SyntheticWeights(SyntheticShape.Nano, SyntheticDtype.F16, seed: 4);

        float[] values = first.GetTensor(QProj).ToSingleArray();

        Assert.Equal(values, again.GetTensor(QProj).ToSingleArray());
        Assert.NotEqual(values, other.GetTensor(QProj).ToSingleArray());
        Assert.NotEqual(values, first.GetTensor(QProj.Replace("layers.1", "layers.2", StringComparison.Ordinal)).ToSingleArray());
        Assert.NotEqual(values, first.GetTensor(QProj.Replace("q_proj", "k_proj", StringComparison.Ordinal)).ToSingleArray());
    }

    [Fact]
    public void A_matrix_longer_than_the_repeated_block_goes_on_where_the_block_begins_again()
    {
        // lm_head of TinyLlama: 65 million numbers over a block of a million, filled in pieces by several threads.
        using var source = new SyntheticWeights(SyntheticShape.TinyLlama, SyntheticDtype.F16, seed: 1);

        HostTensor matrix = source.GetTensor("language.lm_head.weight");

        var row = new float[2048];
        var rows = new HashSet<float>();
        for (int r = 0; r < matrix.Rows; r += 997)
        {
            matrix.CopyRowTo(r, row);
            Assert.Equal(1 / Math.Sqrt(2048), Math.Sqrt(row.Average(value => (double)value * value)), 0.003);
            rows.Add(row.Sum());
        }

        Assert.True(rows.Count > 30);
    }

    [Fact]
    public void The_declared_sizes_are_those_of_the_published_model()
    {
        using var f16 = new SyntheticWeights(SyntheticShape.UniMed7B, SyntheticDtype.F16, seed: 1);
        using var int4 = new SyntheticWeights(SyntheticShape.UniMed7B, SyntheticDtype.Int4, seed: 1);

        Assert.Equal(6_738_415_616, Parameters("language."));
        Assert.Equal(0.99e9, Parameters("vision."), 0.01e9);
        // Both halves of the router: 507 million, as the paper's code has it.
        Assert.Equal(507e6, Parameters("connector.router."), 1e6);
        Assert.Equal(ElementType.I8, int4.Tensors["language.lm_head.weight"].Type);
        Assert.Equal(ElementType.U8, int4.Tensors[QProj].Type);
        Assert.Equal(ElementType.F16, int4.Tensors["language.model.embed_tokens.weight"].Type);
        Assert.Equal(ElementType.F32, int4.Tensors["language.model.norm.weight"].Type);

        double Parameters(string part) => f16.Tensors.Values.Where(tensor => tensor.Name.StartsWith(part, StringComparison.Ordinal)).Sum(tensor => (double)tensor.ElementCount);
    }

    [Fact]
    public void Nano_has_the_sizes_of_the_bundled_model()
    {
        UniMedConfig bundled = UniMedConfigFile.Read(Path.Combine(Golden.NanoModel, UniMedConfigFile.FileName));
        using SafetensorsSet files = SafetensorsSet.Open(Golden.NanoModel);
        using var synthetic = new SyntheticWeights(SyntheticShape.Nano, SyntheticDtype.F32, seed: 1);

        Assert.Equal(bundled.Vision, SyntheticShape.Nano.Vision);
        Assert.Equal(bundled.Connector, SyntheticShape.Nano.Connector);
        Assert.Equal(bundled.Language, SyntheticShape.Nano.Language);
        Assert.Equal(files.Tensors.Keys.Order(), synthetic.Tensors.Keys.Order());
        Assert.All(files.Tensors.Values, tensor => Assert.Equal(tensor.Shape, synthetic.Tensors[tensor.Name].Shape));
    }
}
