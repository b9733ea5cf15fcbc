using Xunit;

namespace UniMed.Native.Tests;

/// <summary>Edges of the warpers; the devices' sampling tests cover their distributions.</summary>
public sealed class TokenSamplerTests
{
    private static readonly SamplingParameters Drawn = new(
        DoSample: true, Temperature: 1, TopK: 0, TopP: 1, RepetitionPenalty: 1, MinLength: 0, EosTokenId: 2, Seed: 9);

    [Fact]
    public void Top_k_keeps_all_that_equal_the_kth() => Assert.Equal([0, 1, 3, 4], Kept([2, 2, 1, 2, 3], Drawn with { TopK = 2 }));

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(int.MaxValue)]
    public void A_top_k_beyond_the_vocabulary_keeps_all(int topK) => Assert.Equal([0, 1, 2, 3, 4], Kept([5, 4, 3, 2, 1], Drawn with { TopK = topK }));

    [Fact]
    public void Top_k_keeps_what_sorting_all_scores_would_keep()
    {
        var random = new Random(91);
        for (int round = 0; round < 300; round++)
        {
            // Few different values, so that many are equal; some are dropped already, some are NaN.
            float[] scores = [.. Enumerable.Range(0, random.Next(2, 70)).Select(_ => random.Next(12) switch { 0 => float.NegativeInfinity, 1 => float.NaN, _ => random.Next(-9, 10) / 2f })];
            int topK = random.Next(1, scores.Length);
            float[] descending = [.. scores.Select(score => float.IsNaN(score) ? float.NegativeInfinity : score).OrderDescending()];

            int[] kept = Kept(scores, Drawn with { TopK = topK });

            Assert.Equal([.. Enumerable.Range(0, scores.Length).Where(id => scores[id] >= descending[topK - 1] ? !float.IsNegativeInfinity(scores[id]) : float.IsNaN(scores[id]))], kept);
        }
    }

    [Theory]
    [InlineData(0f, new[] { 2 })]
    [InlineData(0.39f, new[] { 2 })]
    [InlineData(0.41f, new[] { 2, 3 })]
    [InlineData(0.75f, new[] { 1, 2, 3 })]
    [InlineData(0.95f, new[] { 0, 1, 2, 3 })]
    [InlineData(1f, new[] { 0, 1, 2, 3 })]
    public void Top_p_keeps_the_fewest_that_reach_the_probability(float topP, int[] kept) =>
        Assert.Equal(kept, Kept([.. new[] { 0.1, 0.2, 0.4, 0.3 }.Select(p => (float)Math.Log(p))], Drawn with { TopP = topP }));

    [Fact]
    public void Of_equal_tokens_at_the_edge_of_top_p_the_lowest_ids_go_first()
    {
        float[] scores = new float[40];
        scores[7] = 1;

        int[] kept = Kept(scores, Drawn with { TopP = 0.5f });

        Assert.Equal([7, .. Enumerable.Range(40 - (kept.Length - 1), kept.Length - 1)], kept);
        Assert.InRange(kept.Length, 18, 22);
    }

    [Fact]
    public void Temperature_comes_before_top_p()
    {
        float[] scores = [.. new[] { 0.1, 0.2, 0.4, 0.3 }.Select(p => (float)Math.Log(p))];

        Assert.Equal([2], Kept(scores, Drawn with { TopP = 0.8f, Temperature = 0.1f }));
        Assert.Equal([0, 1, 2, 3], Kept(scores, Drawn with { TopP = 0.8f, Temperature = 10 }));
    }

    [Fact]
    public void Impossible_tokens_are_never_drawn()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            float[] scores = [float.NegativeInfinity, 0, float.NegativeInfinity, 1, float.NegativeInfinity];
            Assert.Contains(TokenSampler.Draw(scores, Drawn with { Seed = seed }, 0), new[] { 1, 3 });
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Scores_without_a_distribution_still_end_in_a_token_of_the_vocabulary(float score)
    {
        float[] scores = [0, score, 2];

        Assert.InRange(TokenSampler.Draw(scores, Drawn with { TopK = 2, TopP = 0.9f }, 3), 0, 2);
        Assert.InRange(TokenSampler.Draw([float.NegativeInfinity, float.NegativeInfinity], Drawn, 3), 0, 1);
    }

    /// <summary>Draw warps the scores in place: what it dropped is minus infinity.</summary>
    private static int[] Kept(float[] scores, SamplingParameters how)
    {
        float[] warped = [.. scores];
        TokenSampler.Draw(warped, how, 0);
        return [.. Enumerable.Range(0, warped.Length).Where(id => !float.IsNegativeInfinity(warped[id]))];
    }
}
