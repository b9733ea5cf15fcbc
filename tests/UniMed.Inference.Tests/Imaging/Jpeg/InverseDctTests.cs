using System.Runtime.Intrinsics;
using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

public class InverseDctTests
{
    private const int Stride = 11;

    [Theory]
    [InlineData(60, 30)]
    [InlineData(2, 400)]
    [InlineData(64, short.MaxValue)]
    [InlineData(8, short.MaxValue)]
    [InlineData(1, short.MaxValue)]
    public void Vectors_give_the_bytes_of_the_scalar_code_for_any_coefficients(int filled, int largest)
    {
        Assert.SkipUnless(Vector128.IsHardwareAccelerated, "There are no vectors here.");
        Random random = new(filled);
        short[] coefficients = new short[64];
        short[] quantization = new short[64];
        for (int round = 0; round < 500; round++)
        {
            Array.Clear(coefficients);
            for (int i = 0; i < filled; i++)
                coefficients[ZigZag.ToNatural[random.Next(filled)]] = (short)random.Next(-largest, largest + 1);
            for (int i = 0; i < 64; i++)
                quantization[i] = (short)(round % 5 == 0 ? random.Next(65536) : 1 + random.Next(40));

            byte[] expected = new byte[8 * Stride];
            byte[] actual = new byte[8 * Stride];
            InverseDctScalar.Transform(coefficients, quantization, expected, Stride);
            InverseDctVector.Transform(coefficients, quantization, actual, Stride);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void A_block_of_its_first_coefficient_alone_is_flat_and_equals_the_whole_computation()
    {
        short[] coefficients = new short[64];
        short[] quantization = [.. Enumerable.Repeat((short)3, 64)];
        byte[] samples = new byte[64];
        for (int first = short.MinValue; first <= short.MaxValue; first += 37)
        {
            coefficients[0] = (short)first;
            InverseDctScalar.Transform(coefficients, quantization, samples, 8);
            Assert.All(samples, sample => Assert.Equal(InverseDct.FlatSample((short)first, 3), sample));
        }
    }

    [Fact]
    public void The_result_is_the_cosine_transform_within_one_level()
    {
        Random random = new(5);
        short[] ones = [.. Enumerable.Repeat((short)1, 64)];
        for (int round = 0; round < 50; round++)
        {
            short[] coefficients = [.. Enumerable.Range(0, 64).Select(i => (short)(random.Next(-500, 501) / (1 + i / 2)))];
            byte[] samples = new byte[64];
            InverseDct.Transform(coefficients, ones, samples, 8);
            for (int place = 0; place < 64; place++)
                Assert.InRange(samples[place] - Math.Clamp(Exact(coefficients, place / 8, place % 8), 0, 255), -1, 1);
        }
    }

    /// <summary>The definition (ITU-T T.81, A.3.3).</summary>
    private static double Exact(short[] coefficients, int y, int x)
    {
        double sum = 0;
        for (int v = 0; v < 8; v++)
        {
            for (int u = 0; u < 8; u++)
            {
                double scale = (u == 0 ? Math.Sqrt(0.5) : 1) * (v == 0 ? Math.Sqrt(0.5) : 1);
                sum += scale * coefficients[8 * v + u]
                    * Math.Cos((2 * x + 1) * u * Math.PI / 16) * Math.Cos((2 * y + 1) * v * Math.PI / 16);
            }
        }

        return 128 + sum / 4;
    }
}
