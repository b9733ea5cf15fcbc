using Xunit;

namespace UniMed.Native.Tests;

public sealed class LogitsProcessorsTests
{
    [Fact]
    public void The_repetition_penalty_divides_positive_and_multiplies_negative_scores_once()
    {
        float[] scores = [3, -3, 0, 5, -5];

        LogitsProcessors.RepetitionPenalty(scores, [0, 1, 2, 0, 1, 0], 1.5f);

        Assert.Equal([2, -4.5f, 0, 5, -5], scores);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public void The_end_token_is_impossible_below_the_least_length(int length, bool forbidden)
    {
        float[] scores = [1, 2, 3];

        LogitsProcessors.MinLength(scores, length, 3, 1);

        Assert.Equal([1, forbidden ? float.NegativeInfinity : 2, 3], scores);
    }

    [Fact]
    public void Log_softmax_is_exact_for_scores_far_from_zero()
    {
        float[] scores = [1000, 1001, 1002, -5000];

        LogitsProcessors.LogSoftmax(scores);

        double logSum = Math.Log(1 + Math.Exp(-1) + Math.Exp(-2));
        Assert.Equal([-2 - logSum, -1 - logSum, -logSum, -6002 - logSum], scores.Select(score => (double)score), (a, b) => Math.Abs(a - b) <= 1e-6 * Math.Max(1, Math.Abs(a)));
    }

    [Fact]
    public void Log_softmax_of_impossible_tokens_stays_minus_infinity()
    {
        float[] scores = [float.NegativeInfinity, 0, 0];

        LogitsProcessors.LogSoftmax(scores);

        Assert.Equal(float.NegativeInfinity, scores[0]);
        Assert.Equal(-(float)Math.Log(2), scores[1]);
    }
}
