using System.Collections.Concurrent;
using UniMed.Inference;
using UniMed.Native;
using UniMed.WeightsConverter;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>The whole model on the ILGPU kernels: fp32 weights, cache and arithmetic. OpenCL runs them as a GPU does, and is skipped where it has no device.</summary>
public sealed class IlgpuTests(ITestOutputHelper output)
{
    private const double LogitBound = 1e-3;

    /// <summary>Logits and quantized weights are looked at for every sixth case: ILGPU's CPU accelerator takes a second for an image.</summary>
    private const int Some = 6;

    /// <summary>Keeps the kernels that OpenCL compiled from one test to the next.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Device>> Kept = new();

    [Theory]
    [InlineData("ilgpu:cpu")]
    [InlineData("ilgpu:opencl")]
    public async Task Every_golden_answer_is_equal_and_logits_stay_within_the_stated_bound(string device)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using UniMedModel model = Load(device);
        IReadOnlyList<IReadOnlyList<int>> expected = [.. NanoCase.All.Select(nanoCase => nanoCase.OutputIds[1..])];

        (IReadOnlyList<IReadOnlyList<int>> actual, double largest) = await Agreement.GoldenTogetherAsync(model, cancellation, Some);
        output.WriteLine($"{device}: {expected.Count} cases: {Agreement.EqualAnswers(expected, actual):p1} equal answers, largest logit difference {largest:g3}");

        Assert.Equal(expected, actual);
        Assert.True(largest <= LogitBound, $"Logits differ by {largest:g3}; {LogitBound} is stated.");
    }

    [Theory]
    [InlineData("ilgpu:cpu")]
    [InlineData("ilgpu:opencl")]
    public async Task A_batch_gives_the_bits_of_each_question_alone(string device)
    {
        using UniMedModel model = Load(device);
        await BatchBits.AssertEqualAsync(model);
    }

    /// <summary>4-bit layers with an 8-bit lm_head: quantization changes answers, the device none.</summary>
    [Fact]
    public async Task Quantized_weights_give_the_reference_devices_tokens()
    {
        using var converted = new ConvertedNano(WeightDtype.Int4);
        using UniMedModel model = UniMedModel.Load(converted.Folder, new UniMedModelOptions { Device = "ilgpu:cpu" });

        IReadOnlyList<IReadOnlyList<int>> expected = await Agreement.GoldenTokensAsync(converted.Model, TestContext.Current.CancellationToken, Some);
        IReadOnlyList<IReadOnlyList<int>> actual = await Agreement.GoldenTokensAsync(model, TestContext.Current.CancellationToken, Some);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task All_memory_of_the_device_comes_back()
    {
        UniMedModel model = Load("ilgpu:cpu");
        Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        // The first answer leaves the pass of its decode steps, kept for the next.
        await model.AnswerAsync("Where is the insula?", cancellationToken: TestContext.Current.CancellationToken);
        long loaded = model.AllocatedBytes;
        await study.AskAsync("Which plane is this MRI slice in?", cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(model.AllocatedBytes > loaded);
        study.Dispose();
        Assert.Equal(loaded, model.AllocatedBytes);
        model.Dispose();
        Assert.Equal(0, model.AllocatedBytes);
    }

    private static UniMedModel Load(string device)
    {
        DeviceAvailability described = DeviceCatalog.List().First(candidate => candidate.Name == device);
        Assert.SkipUnless(described.IsAvailable, $"{device}: {described.Detail}");
        _ = Kept.GetOrAdd(device, name => new Lazy<Device>(() => DeviceCatalog.Create(name))).Value;
        return UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = device });
    }
}
