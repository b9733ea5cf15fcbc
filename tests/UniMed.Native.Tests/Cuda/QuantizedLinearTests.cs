using UniMed.Native.Cuda;
using UniMed.Native.Tests.Devices;
using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Quantized matrices repacked, staged and multiplied on the emulated device: they stay quantized there and lose nothing.</summary>
public sealed class QuantizedLinearTests : IDisposable
{
    private readonly CudaDevice _device = new(HostLibrary.Open());

    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void The_product_with_activations_that_binary16_holds_is_exact_to_fp32(ElementType type)
    {
        var random = new Random(21);
        foreach ((int tokens, int columns, int rows) in new[] { (1, 688, 40), (12, 33, 16), (30, 131, 17), (70, 1409, 70), (9, 64, 1) })
        {
            var weight = new StoredMatrix(random, rows, columns, type, strided: true);
            float[,] input = Activations(random, tokens, columns);
            using LinearWeights weights = _device.LoadLinear(weight.Tensor, null);

            float[] output = Run(input, rows, (from, to) => _device.Linear(weights, from, Activation.None, null, to));

            AssertClose(ExpectedLinear.Linear(weight.Values, null, input, Activation.None, null), output);
        }
    }

    [Theory]
    [InlineData(ElementType.I8, ElementType.I8)]
    [InlineData(ElementType.U8, ElementType.U8)]
    public void The_gated_product_is_exact_to_fp32_too(ElementType gateType, ElementType upType)
    {
        var random = new Random(22);
        var gate = new StoredMatrix(random, 43, 176, gateType, strided: true);
        var up = new StoredMatrix(random, 43, 176, upType);
        float[,] input = Activations(random, 11, 176);
        using GatedWeights weights = _device.LoadGated(gate.Tensor, up.Tensor);

        AssertClose(ExpectedLinear.SwiGlu(gate.Values, up.Values, ExpectedLinear.Exact(input)), Run(input, 43, (from, to) => _device.SwiGlu(weights, from, to)));
    }

    [Theory]
    [InlineData(ElementType.I8, ElementType.U8)]
    [InlineData(ElementType.F16, ElementType.I8)]
    public void A_gated_pair_of_two_formats_is_widened(ElementType gateType, ElementType upType)
    {
        var random = new Random(23);
        var gate = new StoredMatrix(random, 24, 64, gateType);
        var up = new StoredMatrix(random, 24, 64, upType);
        float[,] input = Activations(random, 3, 64);
        using GatedWeights weights = _device.LoadGated(gate.Tensor, up.Tensor);

        Assert.Equal(2 * 24 * 64 * sizeof(ushort), weights.ByteLength);
        AssertClose(ExpectedLinear.SwiGlu(gate.Values, up.Values, ExpectedLinear.Exact(input)), Run(input, 24, (from, to) => _device.SwiGlu(weights, from, to)), 1e-3);
    }

    [Theory]
    [InlineData(ElementType.I8, 17)]
    [InlineData(ElementType.U8, 9)]
    public void A_weight_takes_the_bits_it_takes_in_the_file(ElementType type, int sixteenthsOfByte)
    {
        var random = new Random(24);
        HostTensor weight = new StoredMatrix(random, 32, 128, type).Tensor;
        using LinearWeights linear = _device.LoadLinear(weight, null);
        using GatedWeights gated = _device.LoadGated(weight, weight);

        Assert.Equal(32 * 128 * sixteenthsOfByte / 16, weight.ByteLength);
        Assert.Equal(weight.ByteLength, linear.ByteLength);
        Assert.Equal(2 * weight.ByteLength, gated.ByteLength);
    }

    [Theory]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void A_token_gives_the_same_bits_in_any_company(ElementType type)
    {
        var random = new Random(25);
        using LinearWeights weights = _device.LoadLinear(new StoredMatrix(random, 50, 300, type).Tensor, null);
        float[,] input = RandomValues.Matrix(random, 70, 300);
        float[] all = Run(input, 50, (from, to) => _device.Linear(weights, from, Activation.Gelu, null, to));

        foreach ((int first, int count) in new[] { (0, 1), (3, 12), (40, 25), (69, 1) })
        {
            var part = new float[count, 300];
            Array.Copy(input, first * 300, part, 0, part.Length);
            Assert.Equal(all[(first * 50)..((first + count) * 50)], Run(part, 50, (from, to) => _device.Linear(weights, from, Activation.Gelu, null, to)));
        }
    }

    public void Dispose() => _device.Dispose();

    /// <summary>Numbers of few bits, which the kernels do not round.</summary>
    private static float[,] Activations(Random random, int rows, int columns)
    {
        var values = new float[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                values[row, column] = random.Next(-64, 65) / 32f;
        }

        return values;
    }

    /// <summary>Within the errors of fp32 sums, unless more is allowed.</summary>
    private static void AssertClose(Bounded[,] expected, float[] actual, double tolerance = 2e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        int i = 0;
        foreach ((double value, double magnitude) in expected)
        {
            Assert.True(Math.Abs(actual[i] - value) <= tolerance * magnitude, $"[{i}]: {actual[i]:R} instead of {value:R}, {Math.Abs(actual[i] - value) / magnitude:G3} of the terms");
            i++;
        }
    }

    private float[] Run(float[,] input, int columns, Action<Tensor, Tensor> operation)
    {
        int rows = input.GetLength(0);
        using DeviceBuffer from = _device.Allocate(input.Length);
        using DeviceBuffer to = _device.Allocate((long)rows * columns);
        var source = new Tensor(from, 0, rows, input.GetLength(1));
        var destination = new Tensor(to, 0, rows, columns);
        _device.Upload(input.Flat(), source);
        operation(source, destination);
        var output = new float[rows * columns];
        _device.Download(destination, output);
        return output;
    }
}
