using System.Runtime.CompilerServices;
using UniMed.Native;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>The scheduler that a model has for its own callers: what it keeps, what it forgets, and how it begins anew.</summary>
public sealed class ModelSchedulerTests
{
    private const string Question = "Which plane is this MRI slice in?";

    private static readonly RequestOptions Endless = new() { Generation = new GenerationOptions { MaxNewTokens = 800, MinLength = 800 } };

    private static readonly RequestOptions Timed = new() { IncludeTimings = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Slice => Golden.Path("nano", "images", "mri_axial_080.png");

    [Fact]
    public async Task After_more_errors_of_the_device_than_an_engine_takes_the_model_still_answers()
    {
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        TextAnswer expected = await model.AnswerAsync(Question, cancellationToken: Cancellation);
        device.FailAfter = 0;
        for (int i = 0; i < 5; i++)
        {
            UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => model.AnswerAsync(Question, cancellationToken: Cancellation).AsTask());
            Assert.Equal(UniMedFailure.DeviceFailed, error.Reason);
            Assert.Contains("Ask again", error.Message, StringComparison.Ordinal);
        }

        device.FailAfter = null;
        Assert.Equal(expected.TokenIds, (await model.AnswerAsync(Question, cancellationToken: Cancellation)).TokenIds);
    }

    [Fact]
    public async Task Whoever_asks_while_the_scheduler_gives_up_hears_of_the_device()
    {
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        device.FailAfter = 0;

        async Task AskAgainAndAgain()
        {
            for (int i = 0; i < 200; i++)
            {
                UniMedException error = await Assert.ThrowsAsync<UniMedException>(async () => await model.AnswerAsync(Question, cancellationToken: Cancellation));
                Assert.Equal(UniMedFailure.DeviceFailed, error.Reason);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(AskAgainAndAgain, Cancellation)));
    }

    [Fact]
    public async Task What_a_study_kept_is_computed_again_after_the_device_failed()
    {
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        using Study study = model.Open(Slice);
        TextAnswer expected = await study.AskAsync(Question, Timed, Cancellation);
        Assert.Equal(0, (await study.AskAsync(Question, Timed, Cancellation)).Timings!.Vision);
        device.FailAfter = 0;
        await Assert.ThrowsAsync<UniMedException>(() => study.AskAsync("And which side?", Timed, Cancellation).AsTask());
        device.FailAfter = null;
        TextAnswer anew = await study.AskAsync(Question, Timed, Cancellation);
        Assert.True(anew.Timings!.Vision > 0);
        Assert.Equal(expected.TokenIds, anew.TokenIds);
        Assert.Equal(0, (await study.AskAsync(Question, Timed, Cancellation)).Timings!.Vision);
    }

    [Fact]
    public async Task A_study_that_nobody_disposes_gives_its_memory_back_when_it_is_collected()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "cpu" });
        using (Study first = model.Open(Slice))
            await first.AskAsync(Question, cancellationToken: Cancellation);
        long before = model.AllocatedBytes;
        await AskAndForgetAsync(model);
        for (int i = 0; i < 100 && model.AllocatedBytes != before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(10, Cancellation);
        }

        Assert.Equal(before, model.AllocatedBytes);
    }

    [Fact]
    public async Task A_cancelled_batch_ends_with_its_callers_token()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        using var cancel = new CancellationTokenSource();
        RawRequest[] requests = [.. Enumerable.Range(0, 3).Select(_ => new RawRequest("<s>[INST] why? [/INST]", [], UniMedTask.Qa, Endless))];
        Task<IReadOnlyList<TextAnswer>> batch = model.GenerateBatchAsync(requests, cancel.Token);
        await cancel.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch);
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task Studies_of_one_picture_share_what_is_computed_and_each_may_go_while_the_other_is_asked()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        using Study stays = model.Open(Slice);
        TextAnswer expected = await stays.AskAsync(Question, cancellationToken: Cancellation);
        for (int i = 0; i < 20; i++)
        {
            Study goes = model.Open(Slice);
            Task<TextAnswer> asked = goes.AskAsync(Question, cancellationToken: Cancellation).AsTask();
            Task<TextAnswer> other = stays.AskAsync(Question, cancellationToken: Cancellation).AsTask();
            goes.Dispose();
            Assert.Equal(expected.TokenIds, (await asked).TokenIds);
            Assert.Equal(expected.TokenIds, (await other).TokenIds);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task AskAndForgetAsync(UniMedModel model) => await model.Open(Slice).LocateAsync("left insula", cancellationToken: Cancellation);
}
