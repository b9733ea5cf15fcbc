using System.Runtime.Intrinsics;
using UniMed.Native.Cpu;
using UniMed.Native.Cpu.Lanes;
using UniMed.Native.Tests.Devices;
using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Cpu;

/// <summary>
/// What the CPU device multiplies where weights are quantized: activations of a block of 32 as whole multiples of the largest / 127 (int4) or / 32767 (int8), ties to even. Given these, its products are as exact as any other.
/// </summary>
public sealed class CpuQuantizedProductTests : IDisposable
{
    private readonly CpuDevice _device = new(new CpuDeviceOptions { Threads = 2 });

    public static TheoryData<ElementType, int, int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<ElementType, int, int, int>();
            foreach (ElementType type in new[] { ElementType.I8, ElementType.U8 })
            {
                // Rows of panels and of dots, chunks of 512 columns, ends of vectors and blocks, tiles of 6, 2 and 1 tokens.
                foreach ((int tokens, int inputs, int outputs) in new[] { (1, 1, 1), (1, 32, 16), (1, 545, 33), (1, 1063, 70), (2, 31, 5), (3, 97, 31), (5, 512, 32), (6, 513, 65), (7, 1100, 40), (13, 640, 17) })
                    shapes.Add(type, tokens, inputs, outputs);
            }

            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_are_those_of_the_rounded_activations(ElementType type, int tokens, int inputs, int outputs)
    {
        var random = new Random(inputs + tokens);
        var weight = new StoredMatrix(random, outputs, inputs, type, strided: true);
        float[,] input = RandomValues.Matrix(random, tokens, inputs, 5);

        float[,] product = Linear(weight, input);

        Bounded[,] expected = ExpectedLinear.Product(weight.Values, Rounded(input, type));
        for (int row = 0; row < tokens; row++)
        {
            for (int column = 0; column < outputs; column++)
                Assert.InRange(product[row, column] - expected[row, column].Value, -Allowed(expected[row, column]), Allowed(expected[row, column]));
        }
    }

    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void The_largest_weights_and_activations_do_not_overflow(ElementType type)
    {
        // Every product is the largest there is, of one sign and of both: 32 * 8 * 127 and 32 * 127 * 32767 in a block.
        foreach (float sign in new[] { 1f, -1f })
        {
            var weight = new float[16 * 96];
            Array.Fill(weight, type == ElementType.I8 ? -127f : -8f);
            for (int i = 0; i < 96; i += 3)
                weight[i] = type == ElementType.I8 ? 127 : 7;
            WeightFormat format = type == ElementType.I8 ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32;
            HostTensor stored = BlockQuantization.Quantize(format, HostTensor.FromArray(weight, 16, 96));
            foreach (int tokens in new[] { 1, 2, 6 })
            {
                var input = new float[tokens, 96];
                for (int i = 0; i < tokens * 96; i++)
                    input[i / 96, i % 96] = sign;
                var numbers = new float[96];
                stored.CopyRowTo(1, numbers);
                using LinearWeights weights = _device.LoadLinear(stored, null);

                float[,] product = Linear(weights, input, 16);

                for (int token = 0; token < tokens; token++)
                    Assert.Equal(sign * numbers.Sum(), product[token, 1], 1e-3f * Math.Abs(numbers.Sum()));
            }
        }
    }

    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void A_block_that_is_not_finite_makes_every_output_of_its_row_NaN(ElementType type)
    {
        var random = new Random(5);
        var weight = new StoredMatrix(random, 37, 130, type);
        foreach (float poison in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            float[,] input = RandomValues.Matrix(random, 7, 130);
            float[,] clean = Linear(weight, input);
            input[3, 129] = poison;

            float[,] product = Linear(weight, input);

            for (int row = 0; row < 7; row++)
            {
                for (int column = 0; column < 37; column++)
                    Assert.Equal(row == 3 ? float.NaN : clean[row, column], product[row, column]);
            }
        }
    }

    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void Zeros_and_numbers_next_to_nothing_are_nothing(ElementType type)
    {
        var weight = new StoredMatrix(new Random(6), 20, 64, type);
        var input = new float[2, 64];
        for (int column = 0; column < 64; column++)
            input[1, column] = column % 2 == 0 ? 1e-38f : float.Epsilon;

        Assert.All(Linear(weight, input).Cast<float>(), value => Assert.Equal(0f, value));
    }

    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void A_token_alone_has_the_bits_it_has_among_others(ElementType type)
    {
        var random = new Random(7);
        var weight = new StoredMatrix(random, 71, 1090, type, strided: true);
        float[,] input = RandomValues.Matrix(random, 9, 1090);
        float[,] together = Linear(weight, input);
        for (int count = 1; count <= 9; count++)
        {
            float[,] some = Linear(weight, input.Range(0, count));
            Matrices.AssertSameBits(together.Range(0, count), some);
        }
    }

    [Theory]
    [InlineData(ElementType.I8, ElementType.U8)]
    [InlineData(ElementType.U8, ElementType.F16)]
    [InlineData(ElementType.F32, ElementType.I8)]
    [InlineData(ElementType.F16, ElementType.F32)]
    public void Matrices_of_one_operation_may_be_stored_differently(ElementType gateType, ElementType upType)
    {
        var random = new Random(9);
        var gate = new StoredMatrix(random, 40, 75, gateType);
        var up = new StoredMatrix(random, 40, 75, upType);
        float[,] input = RandomValues.Matrix(random, 4, 75, 2);
        using GatedWeights weights = _device.LoadGated(gate.Tensor, up.Tensor);
        using var from = new DeviceMatrix(_device, input, isInput: true);
        using var to = new DeviceMatrix(_device, 4, 40);

        _device.SwiGlu(weights, from.Tensor, to.Tensor);

        float[,] gates = Linear(gate, input), ups = Linear(up, input), product = to.Read();
        for (int row = 0; row < 4; row++)
        {
            for (int column = 0; column < 40; column++)
            {
                double g = gates[row, column];
                double expected = g / (1 + Math.Exp(-g)) * ups[row, column];
                Assert.Equal(expected, product[row, column], 1e-6 * Math.Max(1e-3, Math.Abs(expected)));
            }
        }
    }

    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void Vectors_of_every_width_give_the_same_bits(ElementType type)
    {
        if (!Lanes512.IsSupported)
            Assert.Skip("This processor has no 512-bit vectors, or they are switched off.");
        var random = new Random(8);
        foreach ((int tokens, int inputs, int outputs) in new[] { (1, 1100, 45), (5, 547, 70), (9, 31, 3) })
        {
            var weight = new StoredMatrix(random, outputs, inputs, type, strided: true);
            float[,] input = RandomValues.Matrix(random, tokens, inputs, 2);
            float[] wide = Product(new Kernels<Lanes512, Vector512<float>>(PrefetchHint.AllCaches), weight, input);
            Assert.Equal(wide, Product(new Kernels<Lanes256, Vector256<float>>(PrefetchHint.AllCaches), weight, input));
            Assert.Equal(wide, Product(new Kernels<Lanes128, Vector128<float>>(PrefetchHint.AllCaches), weight, input));
        }
    }

    public void Dispose() => _device.Dispose();

    private static unsafe float[] Product(Kernels kernels, StoredMatrix weight, float[,] input)
    {
        var matrix = new CpuMatrix(weight.Tensor);
        int tokens = input.GetLength(0);
        int blocks = BlockQuantization.Blocks(matrix.Columns);
        int valueStride = (blocks * BlockQuantization.BlockSize * sizeof(short)) + 128;
        byte[] values = GC.AllocateArray<byte>(tokens * valueStride, pinned: true);
        float[] scales = GC.AllocateArray<float>(tokens * blocks, pinned: true);
        int[] corrections = GC.AllocateArray<int>(tokens * blocks, pinned: true);
        int stride = Kernels.PadRows(matrix.Rows);
        float[] product = GC.AllocateArray<float>(Kernels.PadTokens(tokens) * stride, pinned: true);
        fixed (byte* v = values)
        fixed (float* s = scales, p = product, x = input)
        fixed (int* c = corrections)
        {
            for (int t = 0; t < tokens; t++)
                kernels.Quantize(x + (t * matrix.Columns), matrix.Columns, matrix.Stored, v + (t * valueStride), s + (t * blocks), c + (t * blocks));
            var activations = new CpuActivations { Values = v, ValueStride = valueStride, Scales = s, Corrections = c, Blocks = blocks };
            kernels.Product(matrix, 0, matrix.Rows, activations, tokens, p, stride);
        }

        GC.KeepAlive(weight);
        return [.. Enumerable.Range(0, tokens * matrix.Rows).Select(i => product[(i / matrix.Rows * stride) + (i % matrix.Rows)])];
    }

    private static double Allowed(Bounded expected) => (3 * Math.Pow(2, -23) * expected.Magnitude) + float.Epsilon;

    private static float[,] Rounded(float[,] input, ElementType weights)
    {
        float parts = weights == ElementType.I8 ? 32767 : 127;
        var rounded = new float[input.GetLength(0), input.GetLength(1)];
        for (int row = 0; row < input.GetLength(0); row++)
        {
            for (int first = 0; first < input.GetLength(1); first += 32)
            {
                int[] columns = [.. Enumerable.Range(first, Math.Min(32, input.GetLength(1) - first))];
                float largest = columns.Max(column => Math.Abs(input[row, column]));
                foreach (int column in columns)
                    rounded[row, column] = largest == 0 ? 0 : MathF.Round(input[row, column] * (parts / largest), MidpointRounding.ToEven) * (largest / parts);
            }
        }

        return rounded;
    }

    private float[,] Linear(StoredMatrix weight, float[,] input)
    {
        using LinearWeights weights = _device.LoadLinear(weight.Tensor, null);
        return Linear(weights, input, weight.Tensor.Rows);
    }

    private float[,] Linear(LinearWeights weights, float[,] input, int outputs)
    {
        using var from = new DeviceMatrix(_device, input, isInput: true);
        using var to = new DeviceMatrix(_device, input.GetLength(0), outputs);
        _device.Linear(weights, from.Tensor, Activation.None, null, to.Tensor);
        return to.Read();
    }
}
