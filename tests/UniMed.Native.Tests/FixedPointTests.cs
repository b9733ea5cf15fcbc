using Xunit;

namespace UniMed.Native.Tests;

/// <summary>The weights of draws, which are integers, against double precision.</summary>
public sealed class FixedPointTests
{
    [Fact]
    public void Weights_are_exponentials_to_40_bits()
    {
        var random = new Random(201);
        for (int i = 0; i < 20000; i++)
        {
            float largest = 60 * ((2 * random.NextSingle()) - 1);
            float score = largest - (float)(30 * Math.Pow(random.NextDouble(), 4));
            double exact = Math.Exp((double)score - largest) * Math.Pow(2, 47);

            double actual = FixedPoint.Exp(largest, score, 47);

            Assert.True(Math.Abs(actual - exact) <= (exact * Math.Pow(2, -39)) + 1, $"{largest:R}, {score:R}: {actual} instead of {exact}.");
        }
    }

    [Theory]
    [InlineData(3f, 3f, 1UL << 47)]
    [InlineData(0f, -0f, 1UL << 47)]
    [InlineData(1e9f, 1e9f, 1UL << 47)]
    [InlineData(1e9f, 0f, 0UL)]
    [InlineData(0f, float.NegativeInfinity, 0UL)]
    [InlineData(float.PositiveInfinity, 0f, 0UL)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity, 0UL)]
    [InlineData(0f, float.NaN, 0UL)]
    [InlineData(float.NaN, 0f, 0UL)]
    public void Weights_of_odd_scores(float largest, float score, ulong weight) => Assert.Equal(weight, FixedPoint.Exp(largest, score, 47));

    [Theory]
    [InlineData(11.5f, 3.14159f, 1081056623784128UL)]
    [InlineData(0.1f, -0.7f, 2072164123108208490UL)]
    [InlineData(20f, 1e-6f, 9505402847UL)]
    public void Weights_are_those_that_the_test_of_the_CUDA_kernels_names(float largest, float score, ulong weight) => Assert.Equal(weight, FixedPoint.Exp(largest, score, 62));

    [Fact]
    public void Of_two_scores_the_larger_never_has_the_smaller_weight()
    {
        var random = new Random(204);
        for (int i = 0; i < 100000; i++)
        {
            float largest = 60 * ((2 * random.NextSingle()) - 1);
            float score = largest - (float)(64 * Math.Pow(random.NextDouble(), 4));
            Assert.True(FixedPoint.Exp(largest, MathF.BitDecrement(score), 62) <= FixedPoint.Exp(largest, score, 62), $"{largest:R}, {score:R}");
        }
    }

    [Theory]
    [InlineData(1, 62)]
    [InlineData(2, 61)]
    [InlineData(3, 60)]
    [InlineData(32000, 47)]
    [InlineData(32768, 47)]
    [InlineData(32769, 46)]
    public void The_sum_of_all_weights_stays_below_two_to_the_62nd(int tokens, int bits)
    {
        Assert.Equal(bits, FixedPoint.Bits(tokens));
        Assert.True(tokens * Math.Pow(2, bits) <= Math.Pow(2, 62));
    }

    [Fact]
    public void The_upper_half_of_a_product_is_exact()
    {
        var random = new Random(202);
        for (int i = 0; i < 1000; i++)
        {
            ulong a = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            ulong b = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            Assert.Equal(Math.BigMul(a, b, out _), FixedPoint.MultiplyHigh(a, b));
        }
    }
}
