using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Native;
using Xunit;

namespace UniMed.Bench.Tests;

/// <summary>A model with made-up weights answers whole batches, and every part of an answer has its time.</summary>
public class AnswerBenchmarkTests
{
    [Theory]
    [InlineData("F32", 1)]
    [InlineData("Bf16", 1)]
    [InlineData("Int8", 2)]
    [InlineData("Int4", 0)]
    public async Task Every_part_of_an_answer_has_its_time(string dtype, int images)
    {
        using Device device = DeviceCatalog.Create(DeviceCatalog.Reference);
        var load = new AnswerLoad(Batch: 2, PromptTokens: 80, NewTokens: 4, images);
        using BenchmarkModel model = BenchmarkModel.Synthetic(device, SyntheticShape.Nano, Enum.Parse<SyntheticDtype>(dtype), seed: 1, load.CachedTokens);

        AnswerTimes times = await new AnswerBenchmark(model, load, seed: 1).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, times.Steps.Count);
        Assert.All(times.Steps, step => Assert.True(step > 0));
        Assert.True(times.Prompt > 0);
        Assert.Equal(images > 0, times.Vision > 0);
        Assert.Equal(images > 0, times.Connector > 0);
        Assert.Equal(times.Vision + times.Connector + times.Prompt, times.FirstToken);
    }

    [Fact]
    public async Task A_model_folder_is_measured_as_well_and_memory_comes_back()
    {
        using Device device = DeviceCatalog.Create(DeviceCatalog.Reference);
        var load = new AnswerLoad(Batch: 1, PromptTokens: 40, NewTokens: 3, Images: 1);
        using (BenchmarkModel model = BenchmarkModel.Load(device, Golden.NanoModel, load.CachedTokens))
            Assert.Equal(2, (await new AnswerBenchmark(model, load, seed: 1).RunAsync(TestContext.Current.CancellationToken)).Steps.Count);

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void Bytes_of_a_step_are_those_of_layers_and_head()
    {
        using Device device = DeviceCatalog.Create(DeviceCatalog.Reference);
        using BenchmarkModel model = BenchmarkModel.Synthetic(device, SyntheticShape.Nano, SyntheticDtype.F16, seed: 1, cachedTokens: 16);

        const long Hidden = 256, Intermediate = 688, Layers = 4, Vocabulary = 1024;
        Assert.Equal(2 * ((Layers * ((4 * Hidden * Hidden) + (3 * Hidden * Intermediate) + (2 * Hidden))) + Hidden + (Vocabulary * Hidden)), model.Bytes.Language);
        // Router: the half of fc1 that meets the 704 channels of visual tokens, its bias, fc2; then five experts of two layers.
        const long Channels = 704, RouterHidden = 4 * (64 + Channels);
        Assert.Equal(2 * ((RouterHidden * (Channels + 1 + 5)) + 5 + (5 * ((Hidden * Channels) + (Hidden * Hidden) + (2 * Hidden)))), model.Bytes.Connector);
    }

    [Theory]
    [InlineData(36, 4, 1, "longer prompt")]
    [InlineData(1020, 10, 0, "do not fit")]
    public void A_load_that_the_model_cannot_take_is_refused(int prompt, int newTokens, int images, string reason)
    {
        using Device device = DeviceCatalog.Create(DeviceCatalog.Reference);
        using BenchmarkModel model = BenchmarkModel.Synthetic(device, SyntheticShape.Nano, SyntheticDtype.F16, seed: 1, cachedTokens: 16);

        UniMedException refused = Assert.Throws<UniMedException>(() => new AnswerBenchmark(model, new AnswerLoad(1, prompt, newTokens, images), seed: 1));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }
}
