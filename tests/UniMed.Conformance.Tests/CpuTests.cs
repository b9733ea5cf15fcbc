using UniMed.Inference;
using UniMed.Inference.Generation;
using UniMed.Inference.Tasks;
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
        double largest = await Agreement.LargestLogitDifferenceAsync(model, cancellation);
        output.WriteLine($"{expected.Count} cases: {Agreement.EqualAnswers(expected, actual):p1} equal answers, largest logit difference {largest:g3}");

        Assert.Equal(expected, actual);
        Assert.True(largest <= LogitBound, $"Logits differ by {largest:g3}; {LogitBound} is stated.");
    }

    [Fact]
    public async Task All_366_answers_of_the_evaluation_set_equal_the_reference_device_token_for_token()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using UniMedModel reference = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "reference" });
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, OnCpu);

        Assert.Equal(await Agreement.EvaluationTokensAsync(reference, cancellation), await Agreement.EvaluationTokensAsync(model, cancellation));
    }

    [Fact]
    public async Task A_batch_gives_the_bits_of_each_question_alone()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, OnCpu);
        using Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        var template = new PromptTemplate(model.Config.Prompt);
        var options = new RequestOptions { Generation = new GenerationOptions { LogProbabilities = true } };
        RawRequest[] requests =
        [
            new(template.WithImage(Instructions.Vqa("Which plane is this MRI slice in?")), [study], UniMedTask.Vqa, options),
            new(template.WithImage(Instructions.Refer("left insula")), [study], UniMedTask.Refer, options),
            new(template.TextOnly(Instructions.Qa("which blood cell fights infection ?")), [], UniMedTask.Qa, options),
        ];

        IReadOnlyList<TextAnswer> together = await model.GenerateBatchAsync(requests, TestContext.Current.CancellationToken);

        for (int i = 0; i < requests.Length; i++)
        {
            TextAnswer alone = (await model.GenerateBatchAsync([requests[i]], TestContext.Current.CancellationToken))[0];
            Assert.Equal(alone.TokenIds, together[i].TokenIds);
            Assert.Equal(alone.LogProbabilities, together[i].LogProbabilities);
        }
    }
}
