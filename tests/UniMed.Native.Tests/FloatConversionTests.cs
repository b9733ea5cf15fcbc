using System.Runtime.InteropServices;
using CsCheck;
using Xunit;

namespace UniMed.Native.Tests;

public sealed class FloatConversionTests
{
    [Fact]
    public void Every_binary16_pattern_widens_to_its_value_and_narrows_back()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];
        float[] widened = Widen(patterns, ElementType.F16);
        ushort[] back = Narrow(widened, ElementType.F16);

        for (int bits = 0; bits < 65536; bits++)
        {
            int exponent = (bits >> 10) & 31;
            int fraction = bits & 1023;
            double sign = bits >= 0x8000 ? -1 : 1;
            if (exponent == 31 && fraction != 0)
            {
                Assert.True(float.IsNaN(widened[bits]));
                Assert.True((back[bits] & 0x7C00) == 0x7C00 && (back[bits] & 0x3FF) != 0);
                continue;
            }

            double value = exponent switch
            {
                0 => sign * fraction * Math.Pow(2, -24),
                31 => sign * double.PositiveInfinity,
                _ => sign * (1024 + fraction) * Math.Pow(2, exponent - 25),
            };
            Assert.True(value.Equals((double)widened[bits]) && back[bits] == bits, $"Pattern {bits:X4} became {widened[bits]}, then {back[bits]:X4}.");
        }
    }

    [Fact]
    public void Every_bfloat16_pattern_is_the_upper_half_of_its_value_and_narrows_back()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];
        float[] widened = Widen(patterns, ElementType.BF16);
        ushort[] back = Narrow(widened, ElementType.BF16);

        for (int bits = 0; bits < 65536; bits++)
        {
            Assert.Equal((uint)bits << 16, BitConverter.SingleToUInt32Bits(widened[bits]));
            Assert.Equal(float.IsNaN(widened[bits]) ? bits | 0x40 : bits, back[bits]);
        }
    }

    [Theory]
    [InlineData(1 + 0.00048828125f, 0x3C00)] // halfway between 1 and its successor: to even, down
    [InlineData(1 + 0.00146484375f, 0x3C02)] // halfway above an odd pattern: to even, up
    [InlineData(1.0004884f, 0x3C01)]
    [InlineData(65504f, 0x7BFF)]
    [InlineData(65519.996f, 0x7BFF)]
    [InlineData(65520f, 0x7C00)]
    [InlineData(-65520f, 0xFC00)]
    [InlineData(float.MaxValue, 0x7C00)]
    [InlineData(2.9802322e-8f, 0x0000)] // half of the least subnormal: to even, zero
    [InlineData(2.9802326e-8f, 0x0001)]
    [InlineData(8.940697e-8f, 0x0002)] // one and a half subnormals: to even, up
    [InlineData(6.1006e-5f, 0x0400)] // rounds out of the subnormals
    [InlineData(-0f, 0x8000)]
    public void Narrowing_to_binary16_rounds_to_nearest_even(float value, int bits) => Assert.Equal(bits, Narrow([value], ElementType.F16)[0]);

    [Fact]
    public void Narrowing_many_to_binary16_has_the_bits_of_one_at_a_time()
    {
        // Every exponent and sign with fractions around what rounds, and a NaN among numbers.
        uint[] fractions = [0, 1, 0xFFF, 0x1000, 0x1001, 0x2FFF, 0x3000, 0x3001, 0x400000, 0x7FEFFF, 0x7FF000, 0x7FFFFF];
        float[] values = [.. from upper in Enumerable.Range(0, 512) from fraction in fractions select BitConverter.UInt32BitsToSingle(((uint)upper << 23) | fraction)];
        var random = new Random(3);
        float[] any = [.. Enumerable.Range(0, 100_003).Select(_ => BitConverter.Int32BitsToSingle((int)random.NextInt64(1L << 32)))];

        foreach (float[] many in new[] { values, any })
            Assert.Equal(many.Select(value => Narrow([value], ElementType.F16)[0]), Narrow(many, ElementType.F16));
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // halfway: to even, down
    [InlineData(0x3F818000u, 0x3F82)] // halfway: to even, up
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x3F80FFFFu, 0x3F81)]
    [InlineData(0x7F7F7FFFu, 0x7F7F)]
    [InlineData(0x7F7F8000u, 0x7F80)] // beyond the largest: infinity
    [InlineData(0xFF7FFFFFu, 0xFF80)]
    [InlineData(0x00008000u, 0x0000)]
    [InlineData(0x00018000u, 0x0002)]
    [InlineData(0x007FFFFFu, 0x0080)]
    [InlineData(0x7F800001u, 0x7FC0)] // a NaN stays one though its payload is cut off
    [InlineData(0xFF80FFFFu, 0xFFC0)]
    [InlineData(0x80000000u, 0x8000)]
    public void Narrowing_to_bfloat16_rounds_to_nearest_even(uint value, int bits) =>
        Assert.Equal(bits, Narrow([BitConverter.UInt32BitsToSingle(value)], ElementType.BF16)[0]);

    [Fact]
    public void Narrowing_picks_the_nearest_of_all_patterns() =>
        Gen.Float[-70000, 70000].Sample(
            value =>
            {
                foreach (ElementType type in new[] { ElementType.F16, ElementType.BF16 })
                {
                    ushort bits = Narrow([value], type)[0];
                    double distance = Math.Abs(Widen([bits], type)[0] - (double)value);
                    double below = Math.Abs(Widen([(ushort)(bits - 1)], type)[0] - (double)value);
                    double above = Math.Abs(Widen([(ushort)(bits + 1)], type)[0] - (double)value);
                    Assert.True(float.IsInfinity(Widen([bits], type)[0]) || !(distance > below || distance > above), $"{value:R} became {bits:X4}.");
                }
            },
            iter: 2000,
            threads: 1);

    [Fact]
    public void Doubles_are_rounded_to_nearest_even_and_widened_exactly()
    {
        double[] doubles = [1 + Math.Pow(2, -24), 1 + (3 * Math.Pow(2, -24)), 1e300, -1e-300, double.NaN, 1.0 / 3];
        var singles = new float[6];
        var back = new byte[48];

        FloatConversion.ToSingle(MemoryMarshal.AsBytes<double>(doubles), ElementType.F64, singles);
        FloatConversion.FromSingle(singles, ElementType.F64, back);

        Assert.Equal([1, 1 + MathF.Pow(2, -22), float.PositiveInfinity, -0f, float.NaN, 1f / 3], singles);
        Assert.Equal(singles.Select(value => (double)value), MemoryMarshal.Cast<byte, double>(back).ToArray());
    }

    [Fact]
    public void Single_precision_is_copied_bit_by_bit()
    {
        uint[] patterns = [0x7F800001, 0xFFC12345, 0x80000000, 1, 0x3F800000];
        var singles = new float[5];
        var back = new byte[20];

        FloatConversion.ToSingle(MemoryMarshal.AsBytes<uint>(patterns), ElementType.F32, singles);
        FloatConversion.FromSingle(singles, ElementType.F32, back);

        Assert.Equal(patterns, MemoryMarshal.Cast<byte, uint>(back).ToArray());
    }

    [Theory]
    [InlineData(ElementType.F64)]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Sources_need_no_alignment_and_destinations_may_be_longer(ElementType type)
    {
        var bytes = new byte[(3 * type.Size()) + 1];
        FloatConversion.FromSingle([1, -2, 0.5f], type, bytes.AsSpan(1));
        float[] read = [9, 9, 9, 9];

        FloatConversion.ToSingle(bytes.AsSpan(1), type, read);

        Assert.Equal([1, -2, 0.5f, 9], read);
    }

    [Theory]
    [InlineData(ElementType.F64)]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Lengths_that_do_not_fit_are_refused(ElementType type)
    {
        Assert.ThrowsAny<ArgumentException>(() => FloatConversion.ToSingle(new byte[2 * type.Size()], type, new float[1]));
        Assert.ThrowsAny<ArgumentException>(() => FloatConversion.ToSingle(new byte[(2 * type.Size()) + 1], type, new float[9]));
        Assert.ThrowsAny<ArgumentException>(() => FloatConversion.FromSingle(new float[2], type, new byte[(2 * type.Size()) - 1]));
    }

    [Theory]
    [InlineData(ElementType.I64)]
    [InlineData(ElementType.I32)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    [InlineData(ElementType.Bool)]
    public void Integers_are_not_converted(ElementType type)
    {
        Assert.Throws<NotSupportedException>(() => FloatConversion.ToSingle(new byte[8], type, new float[8]));
        Assert.Throws<NotSupportedException>(() => FloatConversion.FromSingle(new float[1], type, new byte[8]));
    }

    private static float[] Widen(ushort[] patterns, ElementType type)
    {
        var values = new float[patterns.Length];
        FloatConversion.ToSingle(MemoryMarshal.AsBytes<ushort>(patterns), type, values);
        return values;
    }

    private static ushort[] Narrow(float[] values, ElementType type)
    {
        var patterns = new ushort[values.Length];
        FloatConversion.FromSingle(values, type, MemoryMarshal.AsBytes(patterns.AsSpan()));
        return patterns;
    }
}
