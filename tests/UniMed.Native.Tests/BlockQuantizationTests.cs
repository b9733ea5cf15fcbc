using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsCheck;
using UniMed.Tests;
using Xunit;

namespace UniMed.Native.Tests;

public sealed class BlockQuantizationTests
{
    public static TheoryData<WeightFormat> Formats => [WeightFormat.Int8Block32, WeightFormat.Int4Block32];

    [Fact]
    public void An_int8_row_has_one_scale_a_block_and_its_values_in_order()
    {
        float[] row = [.. Enumerable.Range(0, 40).Select(i => (i - 20) * 0.5f)];
        (byte[] values, Half[] scales) = Quantize(WeightFormat.Int8Block32, row);

        Assert.Equal((40, 2), (values.Length, scales.Length));
        for (int i = 0; i < 40; i++)
            Assert.Equal(row[i], (float)scales[i / 32] * (sbyte)values[i], 0.05f);
        Assert.All(scales, scale => Assert.True(scale > Half.Zero));
        Assert.All(values, value => Assert.NotEqual(-128, (sbyte)value));
    }

    [Fact]
    public void An_int4_block_holds_its_halves_in_the_low_and_high_half_bytes()
    {
        float[] row = new float[33];
        for (int j = 0; j < 16; j++)
            (row[j], row[j + 16]) = (j - 8, -8);
        row[32] = 3;
        (byte[] values, Half[] scales) = Quantize(WeightFormat.Int4Block32, row);

        Assert.Equal(32, values.Length);
        for (int j = 0; j < 16; j++)
            Assert.Equal(j, values[j]);
        Assert.Equal((Half)1, scales[0]);
        Assert.Equal(3, (float)scales[1] * ((values[16] & 15) - 8), 0.01f);
        // Behind the end of the row stand zeros.
        Assert.Equal(8, values[16] >> 4);
        Assert.All(values[17..], pair => Assert.Equal(0x88, pair));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void No_block_has_a_larger_error_than_the_published_rule_gives(WeightFormat format) =>
        (from numbers in Gen.Float[-1, 1].Array[1, 32]
         from power in Gen.Int[-6, 4]
         from outlier in Gen.Float[-1, 1]
         select (numbers, power, outlier)).Sample(
            x =>
            {
                float[] block = [.. x.numbers.Select(number => number * MathF.Pow(8, x.power))];
                block[0] += x.outlier * MathF.Pow(8, x.power + 1);
                double published = SquaredError(block, PublishedRules.Apply(format, block));
                double ours = SquaredError(block, RoundTrip(format, block));
                // Where the published rule divides by a number too small for fp32, it has no answer.
                return double.IsNaN(published) || ours <= published * (1 + 1e-5);
            },
            iter: 2000,
            threads: 1);

    [Theory]
    [InlineData(WeightFormat.Int8Block32, 0.85, 1.1)]
    [InlineData(WeightFormat.Int4Block32, 0.9, 1.01)]
    public void Products_with_gaussian_weights_are_more_accurate_than_by_the_published_rule_and_near_the_best_scales(WeightFormat format, double share, double nearBest)
    {
        var random = new Random(5);
        const int Columns = 256;
        const int Rows = 48;
        float[][] weights = [.. Enumerable.Range(0, Rows).Select(_ => Gaussian(random, Columns))];
        double ours = 0, published = 0, best = 0;
        foreach (float[] row in weights)
        {
            ours += ProductError(random, row, RoundTrip(format, row));
            published += ProductError(random, row, [.. row.Chunk(32).SelectMany(block => PublishedRules.Apply(format, block))]);
            best += row.Chunk(32).Sum(block => BestError(format, block));
        }

        double exact = weights.Sum(row => SquaredError(row, RoundTrip(format, row)));
        Assert.True(ours <= share * published, $"{format}: mean squared error of products {ours:g6}, by the published rule {published:g6}, ratio {ours / published:g4}.");
        Assert.True(exact <= nearBest * best, $"{format}: squared error {exact:g6}, with the best of all scales {best:g6}, ratio {exact / best:g4}.");
    }

    /// <summary>Run with every instruction set by the test command.</summary>
    [Theory]
    [InlineData(WeightFormat.Int8Block32, "e136a31fc335ef4d")]
    [InlineData(WeightFormat.Int4Block32, "dc2ac97745d197fe")]
    public void Every_processor_writes_the_same_bytes(WeightFormat format, string sha256)
    {
        float[] row = [.. Enumerable.Range(0, 5000).Select(i => ((i * 7919 % 2003) - 1001) / 1000f)];
        (byte[] values, Half[] scales) = Quantize(format, row);

        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData([.. values, .. MemoryMarshal.AsBytes<Half>(scales)]))[..16]);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Rows_of_any_length_come_back_within_half_a_step(WeightFormat format)
    {
        var random = new Random(6);
        foreach (int columns in new[] { 0, 1, 15, 16, 17, 31, 32, 33, 176, 688, 704 })
        {
            float[] row = Gaussian(random, columns);
            float[] back = RoundTrip(format, row);
            for (int start = 0; start < columns; start += 32)
            {
                float largest = row.Skip(start).Take(32).Max(Math.Abs);
                // A step, and for int4 what a number of largest magnitude loses at the positive end.
                float allowed = largest / (format == WeightFormat.Int8Block32 ? 125 : 6);
                for (int i = start; i < Math.Min(start + 32, columns); i++)
                    Assert.True(Math.Abs(row[i] - back[i]) <= allowed, $"{columns} columns, {i}: {row[i]} became {back[i]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Zeros_stay_zeros_and_numbers_below_every_scale_become_zeros(WeightFormat format)
    {
        Assert.All(RoundTrip(format, new float[50]), number => Assert.Equal(0, number));
        Assert.All(RoundTrip(format, [1e-20f, -1e-12f, float.Epsilon]), number => Assert.Equal(0, number));
        (byte[] values, Half[] scales) = Quantize(format, new float[32]);
        Assert.All(values, value => Assert.Equal(format == WeightFormat.Int8Block32 ? 0 : 0x88, value));
        Assert.Equal(0, BitConverter.HalfToInt16Bits(scales[0]));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_largest_numbers_hold_and_larger_or_infinite_ones_are_refused(WeightFormat format)
    {
        float most = BlockQuantization.MaxMagnitude(format);
        Assert.Equal([most, -most], RoundTrip(format, [most, -most]));
        foreach (float number in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, MathF.BitIncrement(most) })
            Assert.Throws<ArgumentException>(() => Quantize(format, [0, number]));
    }

    [Fact]
    public void Destinations_that_are_too_short_and_formats_without_blocks_are_refused()
    {
        Assert.Throws<ArgumentException>(() => BlockQuantization.QuantizeRow(WeightFormat.Int8Block32, new float[33], new byte[32], new Half[2]));
        Assert.Throws<ArgumentException>(() => BlockQuantization.QuantizeRow(WeightFormat.Int4Block32, new float[33], new byte[32], new Half[1]));
        Assert.Throws<ArgumentException>(() => BlockQuantization.DequantizeRow(WeightFormat.Int4Block32, new byte[31], new Half[2], new float[33]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockQuantization.QuantizeRow(WeightFormat.Plain, new float[1], new byte[4], new Half[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockQuantization.ValueType(WeightFormat.Plain));
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockQuantization.Blocks(-1));
    }

    private static (byte[] Values, Half[] Scales) Quantize(WeightFormat format, float[] row)
    {
        var values = new byte[BlockQuantization.RowBytes(format, row.Length)];
        var scales = new Half[BlockQuantization.Blocks(row.Length)];
        BlockQuantization.QuantizeRow(format, row, values, scales);
        return (values, scales);
    }

    private static float[] RoundTrip(WeightFormat format, float[] row)
    {
        (byte[] values, Half[] scales) = Quantize(format, row);
        var back = new float[row.Length];
        BlockQuantization.DequantizeRow(format, values, scales, back);
        return back;
    }

    private static float[] Gaussian(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    private static double SquaredError(float[] exact, float[] stored) => exact.Zip(stored, (x, y) => ((double)x - y) * ((double)x - y)).Sum();

    /// <summary>Mean squared error of the row's products with random activations.</summary>
    private static double ProductError(Random random, float[] exact, float[] stored)
    {
        double sum = 0;
        for (int n = 0; n < 64; n++)
        {
            double error = exact.Zip(stored, (x, y) => (double)x - y).Zip(Gaussian(random, exact.Length), (difference, activation) => difference * activation).Sum();
            sum += error * error;
        }

        return sum / 64;
    }

    /// <summary>The least squared error that any F16 scale gives a block.</summary>
    private static double BestError(WeightFormat format, float[] block)
    {
        (int lowest, int highest) = format == WeightFormat.Int8Block32 ? (-127, 127) : (-8, 7);
        float largest = block.Max(Math.Abs);
        double best = double.MaxValue;
        for (short bits = 1; bits < 0x7C00; bits++)
        {
            var scale = (float)BitConverter.Int16BitsToHalf(bits);
            if (scale * highest < largest / 2 || scale * highest > largest * 2)
                continue;
            foreach (float signed in new[] { scale, -scale })
                best = Math.Min(best, block.Sum(x => Math.Pow(x - (signed * Math.Clamp(Math.Round(x / signed), lowest, highest)), 2)));
        }

        return best;
    }
}
