using CsCheck;
using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>Linear layers with bias, GELU and residual, and the gated SwiGLU product.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void A_linear_layer_equals_the_exact_sum_of_products(ElementType type)
    {
        var random = new Random(1);
        foreach ((int rows, int inputs, int outputs) in new[] { (1, 1, 1), (3, 5, 7), (2, 33, 19), (17, 100, 70), (5, 257, 3), (1, 131, 65), (0, 8, 4) })
        {
            foreach (bool strided in new[] { false, true })
            {
                foreach (Activation activation in Enum.GetValues<Activation>())
                    CheckLinear(random, rows, inputs, outputs, type, strided, activation, withBias: strided, withResidual: activation == Activation.None || strided);
            }
        }
    }

    [Fact]
    public void Linear_layers_of_any_shape_equal_the_exact_sum_of_products() =>
        (from rows in Gen.Int[0, 9]
         from inputs in Gen.Int[1, 90]
         from outputs in Gen.Int[1, 40]
         from flags in Gen.Int[0, 15]
         from seed in Gen.Int
         select (rows, inputs, outputs, flags, seed)).Sample(
            x => CheckLinear(
                new Random(x.seed),
                x.rows,
                x.inputs,
                x.outputs,
                ElementType.F32,
                strided: (x.flags & 1) != 0,
                (x.flags & 2) != 0 ? Activation.Gelu : Activation.None,
                withBias: (x.flags & 4) != 0,
                withResidual: (x.flags & 8) != 0),
            iter: 60,
            threads: 1);

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void A_linear_layer_for_many_rows_equals_the_exact_sum_of_products(ElementType type)
    {
        var random = new Random(11);
        // Rows of one block and more, columns of one stage and more, few outputs for long rows: K is split there on a device that does it.
        foreach ((int rows, int inputs, int outputs) in new[] { (33, 64, 20), (70, 100, 131), (105, 33, 7), (130, 2100, 36), (65, 1030, 140) })
        {
            foreach (Activation activation in Enum.GetValues<Activation>())
                CheckLinear(random, rows, inputs, outputs, type, strided: false, activation, withBias: true, withResidual: activation == Activation.None);
        }
    }

    [Fact]
    public void A_row_among_many_does_not_depend_on_the_other_rows_of_a_long_linear_layer()
    {
        var random = new Random(12);
        using LinearWeights weights = RandomLinear(random, 40, 2100);
        float[,] input = RandomValues.Matrix(random, 100, 2100);

        float[,] together = Linear(weights, input, 40);

        foreach ((int first, int count) in new[] { (0, 1), (99, 1), (7, 9), (20, 20), (1, 64) })
            Matrices.AssertSameBits(together.Range(first, count), Linear(weights, input.Range(first, count), 40));
    }

    [Fact]
    public void The_residual_may_be_the_output()
    {
        var random = new Random(2);
        var weight = new StoredMatrix(random, 21, 37, ElementType.F32);
        float[,] input = RandomValues.Matrix(random, 6, 37);
        float[,] residual = RandomValues.Matrix(random, 6, 21);
        using LinearWeights weights = Device.LoadLinear(weight.Tensor, null);
        DeviceMatrix separate = Output(6, 21);
        DeviceMatrix inPlace = Output(residual);

        Device.Linear(weights, Input(input), Activation.Gelu, Input(residual), separate.Tensor);
        Device.Linear(weights, Input(input), Activation.Gelu, inPlace.Tensor, inPlace.Tensor);

        Matrices.AssertSameBits(separate.Read(), inPlace.Read());
    }

    [Fact]
    public void A_row_of_a_linear_layer_does_not_depend_on_the_other_rows()
    {
        var random = new Random(3);
        using LinearWeights weights = RandomLinear(random, 50, 131);

        AssertRowsAreIndependent(RandomValues.Matrix(random, 11, 131), input => Linear(weights, input, 50));
    }

    // The CUDA kernels for few rows bring activations of so many columns in parts, of other lengths for other numbers of rows.
    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void Long_rows_of_quantized_weights_give_a_row_the_same_bits_in_any_company(ElementType type)
    {
        var random = new Random(11);
        var weight = new StoredMatrix(random, 20, 7008, type);
        float[,] input = RandomValues.Matrix(random, 32, 7008);
        using LinearWeights weights = Device.LoadLinear(weight.Tensor, null);

        float[,] all = Linear(weights, input, 20);

        AssertClose(ExpectedLinear.Linear(weight.Values, null, Seen(input, type), Activation.Gelu, null), all);
        foreach (int rows in new[] { 27, 16, 15, 8, 7, 1 })
            Matrices.AssertSameBits(all.Range(0, rows), Linear(weights, input.Range(0, rows), 20));
    }

    // The CUDA kernels for few rows go through several row tiles a block where a matrix has more tiles than the card has places for blocks.
    [Theory]
    [InlineData(ElementType.I8, 3)]
    [InlineData(ElementType.I8, 12)]
    [InlineData(ElementType.I8, 20)]
    [InlineData(ElementType.U8, 3)]
    [InlineData(ElementType.U8, 12)]
    [InlineData(ElementType.U8, 20)]
    public void Many_rows_of_quantized_weights_are_multiplied_as_few_are(ElementType type, int rows)
    {
        const int Outputs = 4300;
        var random = new Random(12);
        var weight = new StoredMatrix(random, Outputs, 576, type);
        float[,] input = RandomValues.Matrix(random, rows, 576);
        using LinearWeights weights = Device.LoadLinear(weight.Tensor, null);

        AssertClose(ExpectedLinear.Linear(weight.Values, null, Seen(input, type), Activation.Gelu, null), Linear(weights, input, Outputs));
    }

    [Fact]
    public void NaN_and_infinity_in_a_row_reach_all_its_outputs()
    {
        var random = new Random(4);
        using LinearWeights weights = RandomLinear(random, 20, 67);
        float[,] input = RandomValues.Matrix(random, 3, 67);
        input[0, 66] = float.NaN;
        input[1, 0] = float.PositiveInfinity;

        float[,] output = Linear(weights, input, 20);

        Assert.All(output.Rows(0).Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.All(output.Rows(1).Flat().ToArray(), value => Assert.False(float.IsFinite(value)));
        Assert.All(output.Rows(2).Flat().ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Parallel_callers_of_a_linear_layer_get_the_same_bits()
    {
        var random = new Random(5);
        using LinearWeights weights = RandomLinear(random, 64, 129);
        float[,] input = RandomValues.Matrix(random, 13, 129);

        AssertParallelCallersAgree(() => Linear(weights, input, 64));
    }

    [Fact]
    public void Weights_report_the_bytes_they_store()
    {
        using LinearWeights weights = Device.LoadLinear(new StoredMatrix(new Random(6), 6, 10, ElementType.BF16, strided: true).Tensor, null);

        // A device may fill up to whole tiles of 32 x 32.
        Assert.InRange(weights.ByteLength, 6 * 10 * 2, 32 * 32 * 2);
    }

    [Fact]
    public void Rows_and_block_columns_of_a_quantized_matrix_are_layers_too()
    {
        var random = new Random(10);
        foreach (ElementType type in new[] { ElementType.I8, ElementType.U8 })
        {
            var weight = new StoredMatrix(random, 21, 176, type, strided: true);
            var part = new float[9, 112];
            for (int row = 0; row < 9; row++)
            {
                for (int column = 0; column < 112; column++)
                    part[row, column] = weight.Values[row + 5, column + 64];
            }

            float[,] input = RandomValues.Matrix(random, 3, 112, 2);
            using LinearWeights weights = Device.LoadLinear(weight.Tensor.SliceRows(5, 9).SliceColumns(64, 112), null);
            DeviceMatrix output = Output(3, 9);
            Device.Linear(weights, Input(input), Activation.None, null, output.Tensor);
            AssertClose(ExpectedLinear.Linear(part, null, Seen(input, type), Activation.None, null), output.Read());
        }
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void SwiGlu_equals_the_exact_gated_product(ElementType type)
    {
        var random = new Random(7);
        foreach ((int rows, int inputs, int outputs) in new[] { (1, 1, 1), (3, 35, 9), (9, 70, 130), (0, 4, 4) })
        {
            var gate = new StoredMatrix(random, outputs, inputs, type, strided: true);
            var up = new StoredMatrix(random, outputs, inputs, type);
            float[,] input = RandomValues.Matrix(random, rows, inputs, 3);
            using GatedWeights weights = Device.LoadGated(gate.Tensor, up.Tensor);

            AssertClose(ExpectedLinear.SwiGlu(gate.Values, up.Values, Seen(input, type)), SwiGlu(weights, input, outputs));
        }
    }

    [Fact]
    public void A_row_of_SwiGlu_does_not_depend_on_the_other_rows()
    {
        var random = new Random(8);
        using GatedWeights weights = Device.LoadGated(
            new StoredMatrix(random, 45, 99, ElementType.F16).Tensor, new StoredMatrix(random, 45, 99, ElementType.F16).Tensor);
        float[,] rows = RandomValues.Matrix(random, 8, 99);

        AssertRowsAreIndependent(rows, input => SwiGlu(weights, input, 45));
        AssertParallelCallersAgree(() => SwiGlu(weights, rows, 45));
    }

    [Fact]
    public void Shapes_that_do_not_fit_a_linear_layer_are_refused()
    {
        var random = new Random(9);
        using LinearWeights weights = RandomLinear(random, 5, 6);
        HostTensor wide = new StoredMatrix(random, 5, 6, ElementType.F32).Tensor;
        HostTensor tall = new StoredMatrix(random, 6, 6, ElementType.F32).Tensor;
        HostTensor integers = new(wide.Address, ElementType.I8, 5, 6, 6, wide.Owner);
        HostTensor quantizedBias = new StoredMatrix(random, 1, 5, ElementType.I8).Tensor;
        using GatedWeights gated = Device.LoadGated(wide, wide);

        Refused(() => Device.Linear(weights, Any(2, 7), Activation.None, null, Any(2, 5)));
        Refused(() => Device.Linear(weights, Any(2, 6), Activation.None, null, Any(2, 6)));
        Refused(() => Device.Linear(weights, Any(2, 6), Activation.None, null, Any(3, 5)));
        Refused(() => Device.Linear(weights, Any(2, 6), Activation.None, Any(2, 6), Any(2, 5)));
        Refused(() => Device.Linear(weights, Any(2, 6), Activation.None, Any(1, 5), Any(2, 5)));
        Refused(() => Device.SwiGlu(gated, Any(2, 5), Any(2, 5)));
        Refused(() => Device.SwiGlu(gated, Any(2, 6), Any(1, 5)));
        Refused(() => Device.LoadLinear(wide, wide));
        Refused(() => Device.LoadLinear(integers, null));
        Refused(() => Device.LoadLinear(wide, quantizedBias));
        Refused(() => Device.LoadGated(wide, tall));
        Refused(() => Device.LoadGated(integers, wide));
    }

    private LinearWeights RandomLinear(Random random, int outputs, int inputs) =>
        Device.LoadLinear(new StoredMatrix(random, outputs, inputs, ElementType.BF16).Tensor, new StoredMatrix(random, 1, outputs, ElementType.F32).Tensor);

    private float[,] Linear(LinearWeights weights, float[,] input, int outputs)
    {
        DeviceMatrix output = Output(input.GetLength(0), outputs);
        Device.Linear(weights, Input(input), Activation.Gelu, null, output.Tensor);
        return output.Read();
    }

    private float[,] SwiGlu(GatedWeights weights, float[,] input, int outputs)
    {
        DeviceMatrix output = Output(input.GetLength(0), outputs);
        Device.SwiGlu(weights, Input(input), output.Tensor);
        return output.Read();
    }

    private void CheckLinear(
        Random random, int rows, int inputs, int outputs, ElementType type, bool strided, Activation activation, bool withBias, bool withResidual)
    {
        var weight = new StoredMatrix(random, outputs, inputs, type, strided);
        StoredMatrix? bias = withBias ? new StoredMatrix(random, 1, outputs, StoredMatrix.BiasType(type)) : null;
        float[,] input = RandomValues.Matrix(random, rows, inputs, 2);
        float[,]? residual = withResidual ? RandomValues.Matrix(random, rows, outputs) : null;
        using LinearWeights weights = Device.LoadLinear(weight.Tensor, bias?.Tensor);
        DeviceMatrix output = Output(rows, outputs);

        Device.Linear(weights, Input(input), activation, residual is null ? null : Input(residual), output.Tensor);

        AssertClose(ExpectedLinear.Linear(weight.Values, bias?.Vector, Seen(input, type), activation, residual), output.Read());
    }
}
