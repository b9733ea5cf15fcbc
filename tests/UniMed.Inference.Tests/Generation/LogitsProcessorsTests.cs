using CsCheck;
using UniMed.Inference;
using UniMed.Inference.Generation;
using Xunit;

namespace UniMed.Tests.Generation;

public class LogitsProcessorsTests
{
    [Fact]
    public void Each_distinct_token_of_the_history_is_penalized_once()
    {
        float[] scores = [4, -4, 0, 3, float.NegativeInfinity];
        LogitsProcessors.RepetitionPenalty(scores, [0, 1, 1, 0, 2, 4], 2);
        Assert.Equal([2, -8, 0, 3, float.NegativeInfinity], scores);
    }

    [Fact]
    public void A_penalty_below_one_favours_repetition()
    {
        float[] scores = [4, -4];
        LogitsProcessors.RepetitionPenalty(scores, [0, 1], 0.5);
        Assert.Equal([8, -2], scores);
    }

    [Fact]
    public void The_end_is_forbidden_only_below_the_least_length()
    {
        float[] scores = [1, 2];
        LogitsProcessors.MinLength(scores, currentLength: 3, minLength: 3, eosTokenId: 1);
        Assert.Equal([1, 2], scores);
        LogitsProcessors.MinLength(scores, currentLength: 2, minLength: 3, eosTokenId: 1);
        Assert.Equal([1, float.NegativeInfinity], scores);
    }

    [Fact]
    public void Log_softmax_gives_log_probabilities() =>
        Gen.Float[-50, 50].Array[1, 200].Sample(logits =>
        {
            float[] scores = [.. logits];
            LogitsProcessors.LogSoftmax(scores);
            double sum = logits.Sum(x => Math.Exp(x));
            for (int i = 0; i < logits.Length; i++)
                Assert.Equal(logits[i] - Math.Log(sum), scores[i], 1e-4);
            Assert.Equal(1, scores.Sum(x => Math.Exp(x)), 1e-4);
        });

    [Fact]
    public void Log_softmax_takes_large_and_forbidden_scores()
    {
        float[] scores = [3e38f, float.NegativeInfinity, 3e38f];
        LogitsProcessors.LogSoftmax(scores);
        Assert.Equal([-MathF.Log(2), float.NegativeInfinity, -MathF.Log(2)], scores);
    }

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.NaN)]
    [InlineData(float.PositiveInfinity, 0f)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    public void Scores_that_are_no_numbers_are_refused(float first, float second) =>
        Assert.Throws<UniMedException>(() => LogitsProcessors.LogSoftmax(new[] { first, second }));
}
