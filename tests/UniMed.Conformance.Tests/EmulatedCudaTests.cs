using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>The whole model on the CUDA kernels, emulated on the CPU: f16 weights and cache, fp32 sums.</summary>
public sealed class EmulatedCudaTests(ITestOutputHelper output)
{
    private const double LogitBound = 0.02;

    [Fact]
    public async Task Every_golden_answer_is_equal_and_logits_stay_within_the_stated_bound()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "cuda-emulated" });
        IReadOnlyList<IReadOnlyList<int>> expected = [.. NanoCase.All.Select(nanoCase => nanoCase.OutputIds[1..])];

        (IReadOnlyList<IReadOnlyList<int>> actual, double largest) = await Agreement.GoldenTogetherAsync(model, cancellation);
        output.WriteLine($"{expected.Count} cases: {Agreement.EqualAnswers(expected, actual):p1} equal answers, largest logit difference {largest:g3}");

        Assert.Equal(expected, actual);
        Assert.True(largest <= LogitBound, $"Logits differ by {largest:g3}; {LogitBound} is stated.");
    }

    [Fact]
    public async Task A_batch_gives_the_bits_of_each_question_alone()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "cuda-emulated" });
        await BatchBits.AssertEqualAsync(model);
    }

    [Fact]
    public async Task All_memory_of_the_card_comes_back()
    {
        UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "cuda-emulated" });
        // The first answer leaves the scheduler's passes, their graphs and what longest sequences need beside them, kept for the next.
        using (Study first = model.Open(Golden.Path("nano", "images", "mri_coronal_108.png")))
            await first.AskAsync("Which plane is this MRI slice in?", cancellationToken: TestContext.Current.CancellationToken);
        Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        long loaded = model.AllocatedBytes;
        await study.AskAsync("Which plane is this MRI slice in?", cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(model.AllocatedBytes > loaded);
        study.Dispose();
        Assert.Equal(loaded, model.AllocatedBytes);
        model.Dispose();
        Assert.Equal(0, model.AllocatedBytes);
    }
}
