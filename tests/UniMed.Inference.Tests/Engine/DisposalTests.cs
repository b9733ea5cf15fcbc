using UniMed.Tests;
using Xunit;

// Calls are refused before there is anything to cancel.
#pragma warning disable xUnit1051

namespace UniMed.Inference.Tests.Engine;

/// <summary>Disposing twice, while work runs, and using what is disposed.</summary>
public sealed class DisposalTests
{
    private static readonly MedicalImage Image = MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_031.png"));
    private static readonly RequestOptions Long = new() { Generation = new GenerationOptions { MaxNewTokens = 60, MinLength = 61 } };

    private static readonly Dictionary<string, Func<UniMedModel, Task>> CallsOfModel = new()
    {
        ["AnswerAsync"] = model => model.AnswerAsync("Where?").AsTask(),
        ["GenerateAsync"] = model => model.GenerateAsync("x", [], UniMedTask.Qa).AsTask(),
        ["GenerateBatchAsync"] = model => model.GenerateBatchAsync([]),
        ["WarmUpAsync"] = model => model.WarmUpAsync(),
        ["Open"] = model => Task.FromResult(model.Open(Image)),
        ["Open a file"] = model => Task.FromResult(model.Open(Golden.Path("nano", "images", "mri_axial_031.png"))),
        ["UniMedEngine.Create"] = model => Task.FromResult(UniMedEngine.Create(model)),
    };

    private static readonly Dictionary<string, Func<Study, Task>> CallsOfStudy = new()
    {
        ["AskAsync"] = study => study.AskAsync("Where?").AsTask(),
        ["LocateAsync"] = study => study.LocateAsync("insula").AsTask(),
        ["IdentifyAsync"] = study => study.IdentifyAsync(new PercentBox(0, 0, 9, 9)).AsTask(),
        ["DescribeAsync"] = study => study.DescribeAsync().AsTask(),
        ["ClassifyAsync"] = study => study.ClassifyAsync(["axial", "coronal"]).AsTask(),
    };

    private static readonly Dictionary<string, Func<UniMedEngine, Task>> CallsOfEngine = new()
    {
        ["AnswerAsync"] = engine => engine.AnswerAsync("Where?").AsTask(),
        ["AskAsync"] = engine => engine.AskAsync(Image, "Where?").AsTask(),
        ["LocateAsync"] = engine => engine.LocateAsync(Image, "insula").AsTask(),
        ["IdentifyAsync"] = engine => engine.IdentifyAsync(Image, new PercentBox(0, 0, 9, 9)).AsTask(),
        ["DescribeAsync"] = engine => engine.DescribeAsync(Image).AsTask(),
        ["ClassifyAsync"] = engine => engine.ClassifyAsync(Image, ["axial", "coronal"]).AsTask(),
        ["GenerateAsync"] = engine => engine.GenerateAsync("x", [], UniMedTask.Qa).AsTask(),
        ["AskAsync with a request"] = engine => engine.AskAsync(TaskRequest.Answer("Where?")).AsTask(),
        ["Open"] = engine => Task.FromResult(engine.Open(Image)),
        ["DrainAsync"] = engine => engine.DrainAsync(),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_disposed_refuses_every_call_and_may_be_disposed_again()
    {
        UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        Study study = model.Open(Image);
        Study orphan = model.Open(Image);
        UniMedEngine engine = UniMedEngine.Create(model);
        engine.Dispose();
        engine.Dispose();
        await engine.DisposeAsync();
        study.Dispose();
        study.Dispose();
        foreach ((string name, Func<UniMedEngine, Task> call) in CallsOfEngine)
            Assert.True(await Record.ExceptionAsync(() => call(engine)) is ObjectDisposedException, name);
        foreach ((string name, Func<Study, Task> call) in CallsOfStudy)
            Assert.True(await Record.ExceptionAsync(() => call(study)) is ObjectDisposedException, name);
        model.Dispose();
        model.Dispose();
        foreach ((string name, Func<UniMedModel, Task> call) in CallsOfModel)
            Assert.True(await Record.ExceptionAsync(() => call(model)) is ObjectDisposedException, name);
        foreach ((string name, Func<Study, Task> call) in CallsOfStudy)
            Assert.True(await Record.ExceptionAsync(() => call(orphan)) is ObjectDisposedException, name);
        orphan.Dispose();
        Assert.Equal(0, engine.Statistics.Running);
    }

    [Fact]
    public async Task Questions_that_run_are_answered_though_study_and_model_are_disposed()
    {
        UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        Study study = model.Open(Image);
        PendingAnswer<TextAnswer> running = study.DescribeAsync(null, Long, Cancellation);
        Task<TextAnswer> whole = running.AsTask();
        await using (IAsyncEnumerator<GeneratedToken> tokens = running.GetAsyncEnumerator(Cancellation))
            await tokens.MoveNextAsync();
        study.Dispose();
        model.Dispose();
        Assert.Equal(60, (await whole.WaitAsync(TimeSpan.FromMinutes(2), Cancellation)).TokenIds.Count);
    }

    [Fact]
    public async Task Whoever_disposes_an_engine_waits_for_its_end()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        for (int round = 0; round < 5; round++)
        {
            UniMedEngine engine = UniMedEngine.Create(model);
            Task<TextAnswer>[] running = [.. Enumerable.Range(0, 4).Select(_ => engine.DescribeAsync(Image, null, Long, Cancellation).AsTask())];
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
                async () =>
                {
                    await engine.DisposeAsync();
                    // Only an engine that has ended gives its blocks back, and all of them can be lent again.
                    Assert.Equal(0, engine.Statistics.Running + engine.Statistics.Queued);
                },
                Cancellation)));
            foreach (Task<TextAnswer> answer in running)
                Assert.True(await Record.ExceptionAsync(() => answer) is null or OperationCanceledException);
        }

        Assert.Equal(model.Assembly.Cache.Cache.Blocks, model.Assembly.Cache.Free);
    }

    [Fact]
    public async Task A_drained_engine_takes_no_more_and_can_be_drained_again()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        await using var engine = UniMedEngine.Create(model);
        Task<TextAnswer> running = engine.DescribeAsync(Image, null, Long, Cancellation).AsTask();
        await engine.DrainAsync();
        await engine.DrainAsync();
        Assert.Equal(60, (await running).TokenIds.Count);
        Assert.Throws<ObjectDisposedException>(() => engine.AnswerAsync("Where?", cancellationToken: Cancellation));
    }
}
