using UniMed.Bench.Serving;
using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Inference.Tasks;
using UniMed.Native;
using Xunit;

namespace UniMed.Bench.Tests;

/// <summary>A load is what it says it is, and a round over it gives each request its times and the engine's counts.</summary>
public sealed class ServingBenchmarkTests : IDisposable
{
    private readonly UniMedModel _model = UniMedModel.Load(Golden.NanoModel);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("Vqa", new[] { UniMedTask.Vqa })]
    [InlineData("Qa", new[] { UniMedTask.Qa })]
    [InlineData("Tasks", new[] { UniMedTask.Vqa, UniMedTask.Refer, UniMedTask.Identify, UniMedTask.Caption, UniMedTask.Qa })]
    public void Requests_have_the_length_pictures_and_beginnings_that_were_asked_for(string mix, UniMedTask[] tasks)
    {
        var load = new ServingLoad(Requests: 20, Enum.Parse<ServingMix>(mix), Pictures: 2, PromptTokens: 75, OwnTokens: 9, NewTokens: 3);

        IReadOnlyList<ServingRequest> requests = ServingRequests.Make(_model, load, seed: 4);

        Assert.Equal(20, requests.Count);
        Assert.Equal(tasks, requests.Select(request => request.Task).Distinct());
        Assert.Equal(20, requests.Select(request => request.Prompt).Distinct().Count());
        Assert.Equal(mix == "Qa" ? 0 : 2, requests.SelectMany(request => request.Images).Select(image => image.ContentHash).Distinct().Count());
        Assert.All(requests, request =>
        {
            Assert.Equal(request.Task.TakesImage() ? 1 : 0, request.Images.Count);
            Assert.Equal(75, TokenizedPrompt.Tokenize(request.Prompt, _model.Assembly.Tokenizer, _model.Config.Prompt).Splice(request.Images.Count == 0 ? [] : [36]).Length);
        });
        Assert.All(requests.GroupBy(request => request.Task), group => Assert.Single(group.Select(request => request.Prompt[..^9]).Distinct()));
        Assert.Equal(requests.Select(request => request.Prompt), ServingRequests.Make(_model, load, seed: 4).Select(request => request.Prompt));
    }

    [Theory]
    [InlineData(50, 9, 3, "longer prompt")]
    [InlineData(1020, 9, 10, "do not fit")]
    public void Requests_that_cannot_be_made_are_refused(int prompt, int own, int newTokens, string reason)
    {
        var load = new ServingLoad(4, ServingMix.Vqa, 1, prompt, prompt == 50 ? 40 : own, newTokens);

        Assert.Contains(reason, Assert.Throws<UniMedException>(() => ServingRequests.Make(_model, load, seed: 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_round_counts_what_was_computed_and_what_was_shared()
    {
        var load = new ServingLoad(Requests: 12, ServingMix.Vqa, Pictures: 3, PromptTokens: 80, OwnTokens: 16, NewTokens: 4);
        IReadOnlyList<ServingRequest> requests = ServingRequests.Make(_model, load, seed: 2);

        ServingTimes alone = await RunAsync(requests, 1, new EngineOptions { SharePrefixes = false, VisualCacheBytes = 0 });
        ServingTimes together = await RunAsync(requests, 4, new EngineOptions());

        Assert.Equal((12, 12 * 80, 0, 12 * 4), (alone.Statistics.ImagesEncoded, alone.Statistics.PromptTokens, alone.Statistics.SharedPromptTokens, alone.Statistics.NewTokens));
        // What is shared is whole blocks: 64 of 80 positions, for all but the first request about each picture.
        Assert.Equal((3, 9 * 64), (together.Statistics.ImagesEncoded, together.Statistics.SharedPromptTokens));
        Assert.Equal(12 * 80, together.Statistics.PromptTokens + together.Statistics.SharedPromptTokens);
        foreach (ServingTimes round in new[] { alone, together })
        {
            Assert.Equal(12, round.Requests.Count);
            Assert.All(round.Requests, times => Assert.True(times.FirstToken > 0 && times.TokenTime > 0 && times.Latency >= times.FirstToken + (3 * times.TokenTime) - 0.01));
            Assert.True(round.AllFirstTokens >= round.Requests.Max(times => times.FirstToken) && round.AllFirstTokens <= 1000 * round.Seconds);
        }
    }

    [Fact]
    public async Task A_language_model_alone_gets_eyes_and_its_whole_vocabulary_can_be_said()
    {
        SyntheticShape shape = (SyntheticShape.Nano with { Vision = null, Connector = null }).Whole();
        using UniMedModel model = SyntheticModel.Create(shape, SyntheticDtype.F16, seed: 3, new UniMedModelOptions { Device = DeviceCatalog.Reference });
        var load = new ServingLoad(Requests: 2, ServingMix.Vqa, Pictures: 1, PromptTokens: 64, OwnTokens: 4, NewTokens: 8);

        IReadOnlyList<ServingRequest> requests = ServingRequests.Make(model, load, seed: 3);
        ServingTimes round = await ServingBenchmark.RunAsync(model, requests, load.NewTokens, 2, new EngineOptions(), Cancellation);

        Assert.Equal(1024, model.Assembly.Tokenizer.VocabSize);
        Assert.Equal(16, round.Statistics.NewTokens);
    }

    [Fact]
    public async Task Overhead_compares_the_same_answer()
    {
        var load = new ServingLoad(Requests: 1, ServingMix.Vqa, Pictures: 1, PromptTokens: 80, OwnTokens: 16, NewTokens: 6);
        await using var engine = UniMedEngine.Create(_model);
        var overhead = new EngineOverhead(_model, engine, ServingRequests.Make(_model, load, seed: 2)[0], load.NewTokens);

        foreach (bool engineFirst in new[] { true, false })
        {
            (double alone, double through) = await overhead.PairAsync(engineFirst, Cancellation);
            Assert.True(alone > 0 && through > 0);
        }

        Assert.Equal(2, engine.Statistics.Completed);
    }

    private Task<ServingTimes> RunAsync(IReadOnlyList<ServingRequest> requests, int concurrency, EngineOptions options) =>
        ServingBenchmark.RunAsync(_model, requests, newTokens: 4, concurrency, options, Cancellation);
}
