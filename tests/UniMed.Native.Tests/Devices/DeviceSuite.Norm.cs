using CsCheck;
using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Layer norm and RMS norm.</content>
public abstract partial class DeviceSuite<TFixture>
{
    private const float LayerEps = 1e-6f;
    private const float RmsEps = 1e-5f;

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    public void Norms_equal_the_exact_formula(ElementType type)
    {
        var random = new Random(11);
        foreach ((int rows, int columns) in new[] { (1, 1), (1, 2), (5, 33), (3, 257), (40, 700), (0, 9) })
            CheckNorms(random, rows, columns, type, 0, 1);
    }

    [Fact]
    public void Norms_of_any_shape_and_scale_equal_the_exact_formula() =>
        (from rows in Gen.Int[0, 7]
         from columns in Gen.Int[1, 150]
         from mean in Gen.Float[-3, 3]
         from power in Gen.Int[-6, 6]
         from seed in Gen.Int
         select (rows, columns, mean, power, seed)).Sample(
            x => CheckNorms(new Random(x.seed), x.rows, x.columns, ElementType.F32, x.mean, MathF.Pow(2, x.power)),
            iter: 60,
            threads: 1);

    [Fact]
    public void A_mean_far_larger_than_the_deviation_does_not_cancel() => CheckNorms(new Random(12), 6, 211, ElementType.F32, 3000, 1);

    [Fact]
    public void A_constant_row_becomes_the_bias()
    {
        var random = new Random(13);
        var bias = new StoredMatrix(random, 1, 48, ElementType.F32);
        using NormWeights weights = Device.LoadNorm(new StoredMatrix(random, 1, 48, ElementType.F32).Tensor, bias.Tensor);

        float[,] output = LayerNorm(weights, new float[1, 48].WithRow(0, 0.5f));

        Matrices.AssertSameBits(bias.Values, output);
    }

    [Fact]
    public void A_zero_row_stays_zero_under_rms_norm()
    {
        using NormWeights weights = Device.LoadNorm(new StoredMatrix(new Random(14), 1, 48, ElementType.F32).Tensor, null);

        Assert.All(RmsNorm(weights, new float[2, 48]).Flat().ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_output_may_be_the_input()
    {
        var random = new Random(15);
        using NormWeights weights = RandomNorm(random, 77);
        float[,] input = RandomValues.Matrix(random, 9, 77);
        DeviceMatrix layer = Output(input);
        DeviceMatrix rms = Output(input);

        Device.LayerNorm(weights, layer.Tensor, LayerEps, layer.Tensor);
        Device.RmsNorm(weights, rms.Tensor, RmsEps, rms.Tensor);

        Matrices.AssertSameBits(LayerNorm(weights, input), layer.Read());
        Matrices.AssertSameBits(RmsNorm(weights, input), rms.Read());
    }

    [Fact]
    public void A_normalized_row_does_not_depend_on_the_other_rows()
    {
        var random = new Random(16);
        using NormWeights weights = RandomNorm(random, 301);
        float[,] rows = RandomValues.Matrix(random, 70, 301);

        AssertRowsAreIndependent(rows, input => LayerNorm(weights, input));
        AssertRowsAreIndependent(rows, input => RmsNorm(weights, input));
        AssertParallelCallersAgree(() => LayerNorm(weights, rows));
        AssertParallelCallersAgree(() => RmsNorm(weights, rows));
    }

    [Fact]
    public void One_NaN_makes_its_whole_row_NaN()
    {
        var random = new Random(17);
        using NormWeights weights = RandomNorm(random, 40);
        float[,] input = RandomValues.Matrix(random, 2, 40);
        input[1, 39] = float.NaN;

        Assert.All(LayerNorm(weights, input).Rows(1).Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.All(RmsNorm(weights, input).Rows(1).Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Shapes_that_do_not_fit_a_norm_are_refused()
    {
        var random = new Random(18);
        HostTensor vector = new StoredMatrix(random, 1, 6, ElementType.F32).Tensor;
        HostTensor matrix = new StoredMatrix(random, 2, 6, ElementType.F32).Tensor;
        using NormWeights layer = Device.LoadNorm(vector, vector);
        using NormWeights rms = Device.LoadNorm(vector, null);

        Refused(() => Device.LayerNorm(rms, Any(2, 6), LayerEps, Any(2, 6)));
        Refused(() => Device.LayerNorm(layer, Any(2, 5), LayerEps, Any(2, 5)));
        Refused(() => Device.LayerNorm(layer, Any(2, 6), LayerEps, Any(3, 6)));
        Refused(() => Device.RmsNorm(rms, Any(2, 7), RmsEps, Any(2, 7)));
        Refused(() => Device.RmsNorm(rms, Any(2, 6), RmsEps, Any(1, 6)));
        Refused(() => Device.LoadNorm(matrix, null));
        Refused(() => Device.LoadNorm(vector, matrix));
        Refused(() => Device.LoadNorm(vector, vector.SliceColumns(0, 5)));
        Refused(() => Device.LoadNorm(new HostTensor(vector.Address, ElementType.I32, 1, 6, 6, vector.Owner), null));
    }

    private NormWeights RandomNorm(Random random, int columns) =>
        Device.LoadNorm(new StoredMatrix(random, 1, columns, ElementType.F16).Tensor, new StoredMatrix(random, 1, columns, ElementType.BF16).Tensor);

    private float[,] LayerNorm(NormWeights weights, float[,] input)
    {
        DeviceMatrix output = Output(input.GetLength(0), input.GetLength(1));
        Device.LayerNorm(weights, Input(input), LayerEps, output.Tensor);
        return output.Read();
    }

    private float[,] RmsNorm(NormWeights weights, float[,] input)
    {
        DeviceMatrix output = Output(input.GetLength(0), input.GetLength(1));
        Device.RmsNorm(weights, Input(input), RmsEps, output.Tensor);
        return output.Read();
    }

    private void CheckNorms(Random random, int rows, int columns, ElementType type, float mean, float scale)
    {
        var weight = new StoredMatrix(random, 1, columns, type);
        var bias = new StoredMatrix(random, 1, columns, type);
        float[,] input = RandomValues.Matrix(random, rows, columns, scale);
        foreach (ref float value in input.Flat())
            value += mean;
        using NormWeights layer = Device.LoadNorm(weight.Tensor, bias.Tensor);
        using NormWeights rms = Device.LoadNorm(weight.Tensor, null);

        AssertClose(ExpectedNorm.Layer(weight.Vector, bias.Vector, input, LayerEps), LayerNorm(layer, input));
        AssertClose(ExpectedNorm.RootMeanSquare(weight.Vector, input, RmsEps), RmsNorm(rms, input));
    }
}
