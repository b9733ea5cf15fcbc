using UniMed.Inference;
using UniMed.Inference.Generation;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Generation;

public class FiniteLogitsTests
{
    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.NaN)]
    [InlineData(float.PositiveInfinity, 0f)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    public void Logits_that_are_no_numbers_are_refused_with_a_way_out(float first, float second)
    {
        float[] scores = [first, second];
        LogitsProcessors.LogSoftmax(scores);
        UniMedException error = Assert.Throws<UniMedException>(() => FiniteLogits.Require(scores));
        Assert.Contains("bf16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forbidden_tokens_beside_allowed_ones_are_fine()
    {
        float[] scores = [float.NegativeInfinity, 2];
        LogitsProcessors.LogSoftmax(scores);
        FiniteLogits.Require(scores);
        Assert.Equal([float.NegativeInfinity, 0], scores);
    }
}
