using UniMed.Native.Ilgpu.Kernels;
using Xunit;

namespace UniMed.Native.Tests.Ilgpu;

/// <summary>The kernels' fp32 functions against double precision.</summary>
public sealed class ArithmeticTests
{
    [Fact]
    public void Exponentials_and_logarithms_are_right_to_two_units()
    {
        for (float x = -87; x < 88; x += 0.0137f)
            Assert.InRange(Arithmetic.Exp(x), Math.Exp(x) * (1 - Math.Pow(2, -22)), Math.Exp(x) * (1 + Math.Pow(2, -22)));
        for (float x = 1e-3f; x < 1e6f; x *= 1.0037f)
            Assert.InRange(Arithmetic.Log(x), Math.Log(x) - (2e-7 * Math.Max(1, Math.Abs(Math.Log(x)))), Math.Log(x) + (2e-7 * Math.Max(1, Math.Abs(Math.Log(x)))));
        Assert.Equal(0, Arithmetic.Exp(float.NegativeInfinity));
        Assert.Equal(float.PositiveInfinity, Arithmetic.Exp(float.PositiveInfinity));
        Assert.Equal(1, Arithmetic.Exp(0));
        Assert.True(float.IsNaN(Arithmetic.Exp(float.NaN)));
    }

    [Fact]
    public void Every_binary16_number_is_widened_exactly()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            Assert.Equal(BitConverter.SingleToUInt32Bits(expected) & (float.IsNaN(expected) ? 0xFF800000 : uint.MaxValue), BitConverter.SingleToUInt32Bits(Arithmetic.HalfToSingle((uint)bits)) & (float.IsNaN(expected) ? 0xFF800000 : uint.MaxValue));
        }
    }
}
