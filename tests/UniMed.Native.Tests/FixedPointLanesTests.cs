using Xunit;

namespace UniMed.Native.Tests;

/// <summary>Weights of a row are those of its tokens one by one, in every bit.</summary>
public sealed class FixedPointLanesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1003)]
    [InlineData(32000)]
    public void A_row_has_the_weights_of_its_tokens(int tokens)
    {
        var random = new Random(tokens);
        for (int repeat = 0; repeat < 20; repeat++)
        {
            var scores = new float[tokens];
            for (int i = 0; i < tokens; i++)
                scores[i] = 20 - (float)(80 * Math.Pow(random.NextDouble(), 4));
            foreach (float odd in (float[])[float.NaN, float.NegativeInfinity, -44f, -44.000004f, 20f, 0f, -0f, 1e-6f, -1e9f])
                scores[random.Next(tokens)] = odd;
            const float Largest = 20;
            var weights = new ulong[tokens + 1];
            weights[tokens] = 0xABCDEF;

            ulong total = FixedPointLanes.Weigh(scores, Largest, weights.AsSpan(0, tokens));

            int bits = FixedPoint.Bits(tokens);
            Assert.Equal(scores.Select(score => FixedPoint.Exp(Largest, score, bits)), weights[..tokens]);
            Assert.Equal(weights[..tokens].Aggregate((sum, weight) => sum + weight), total);
            Assert.Equal(0xABCDEFUL, weights[tokens]);
        }
    }
}
