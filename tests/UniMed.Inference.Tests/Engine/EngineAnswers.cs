using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>What "the same answer" means: tokens, bits of their log-probabilities, text and reason.</summary>
internal static class EngineAnswers
{
    public static void AssertSame(TextAnswer expected, TextAnswer actual)
    {
        Assert.Equal(expected.TokenIds, actual.TokenIds);
        Assert.Equal(expected.LogProbabilities, actual.LogProbabilities);
        Assert.Equal((expected.Text, expected.FinishReason), (actual.Text, actual.FinishReason));
    }
}
