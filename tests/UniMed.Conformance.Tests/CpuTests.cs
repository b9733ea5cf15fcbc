using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>The whole model on the SIMD device: fp32 arithmetic whose sums come in another order than the reference's.</summary>
public sealed class CpuTests(ITestOutputHelper output)
{
    private const double LogitBound = 1e-3;

    private static readonly UniMedModelOptions OnCpu = new() { Device = "cpu" };

    [Fact]
    public async Task Every_golden_answer_is_equal_and_logits_stay_within_the_bound_of_the_reference_device()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, OnCpu);
        IReadOnlyList<IReadOnlyList<int>> expected = [.. NanoCase.All.Select(nanoCase => nanoCase.OutputIds[1..])];

        IReadOnlyList<IReadOnlyList<int>> actual = await Agreement.GoldenTokensAsync(model, cancellation);
        double largest = Agreement.LargestLogitDifference(model, cancellation);
        output.WriteLine($"{expected.Count} cases: {Agreement.EqualAnswers(expected, actual):p1} equal answers, largest logit difference {largest:g3}");

        Assert.Equal(expected, actual);
        Assert.True(largest <= LogitBound, $"Logits differ by {largest:g3}; {LogitBound} is stated.");
    }

    [Fact]
    public async Task All_366_answers_of_the_evaluation_set_equal_the_reference_device_token_for_token()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, OnCpu);

        Assert.Equal(ReferenceTokens.Read(), await Agreement.EvaluationTokensAsync(model, cancellation));
    }

    [Fact]
    public async Task A_batch_gives_the_bits_of_each_question_alone()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, OnCpu);
        await BatchBits.AssertEqualAsync(model);
    }
}
