using UniMed.Bench.Synthetic;
using UniMed.Inference.Weights;
using Xunit;

namespace UniMed.Bench.Tests;

public class LogicalTensorTests
{
    [Fact]
    public void A_quantized_model_has_the_tensors_and_parameters_of_the_model_that_it_stands_for()
    {
        foreach (SyntheticShape shape in (SyntheticShape[])[SyntheticShape.Nano, SyntheticShape.UniMed7B])
        {
            (string, long)[] expected = [.. Read(shape, SyntheticDtype.F16).Select(t => (t.Name, t.Parameters)).Order()];
            Assert.Equal(expected, Read(shape, SyntheticDtype.Int8).Select(t => (t.Name, t.Parameters)).Order());
            Assert.Equal(expected, Read(shape, SyntheticDtype.Int4).Select(t => (t.Name, t.Parameters)).Order());
        }
    }

    [Fact]
    public void The_full_model_has_831_tensors_of_8_billion_parameters_in_every_format()
    {
        foreach (SyntheticDtype dtype in Enum.GetValues<SyntheticDtype>())
        {
            IReadOnlyList<LogicalTensor> tensors = Read(SyntheticShape.UniMed7B, dtype);
            Assert.Equal(831, tensors.Count);
            Assert.InRange(tensors.Sum(t => t.Parameters), 8_300_000_000, 8_500_000_000);
        }
    }

    [Fact]
    public void Formats_are_called_as_the_converter_calls_them_and_bytes_include_scales()
    {
        using var weights = new SyntheticWeights(SyntheticShape.Nano, SyntheticDtype.Int4, 1);
        IReadOnlyList<LogicalTensor> tensors = LogicalTensor.All(weights.Tensors, SyntheticShape.Nano.ToConfig()!);
        Assert.Equal(["f16", "f32", "int4", "int8"], tensors.Select(t => t.Format).Distinct().Order());
        Assert.Equal(weights.Tensors.Values.Sum(t => t.ByteLength), tensors.Sum(t => t.Bytes));
        LogicalTensor down = tensors.Single(t => t.Name == "language.model.layers.0.mlp.down_proj.weight");
        Assert.Equal(("int4", 256L * 688, 256L * 22 * 18), (down.Format, down.Parameters, down.Bytes));
    }

    private static IReadOnlyList<LogicalTensor> Read(SyntheticShape shape, SyntheticDtype dtype)
    {
        using var weights = new SyntheticWeights(shape, dtype, 1);
        return LogicalTensor.All(weights.Tensors, shape.ToConfig()!);
    }
}
