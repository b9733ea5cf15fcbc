using Microsoft.Extensions.Logging;
using UniMed.Native;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>What an engine writes to its host's log, and what it never writes.</summary>
public sealed class EngineLogTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private const string Patient = "Ada Lovelace, born 10 December 1815";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static MedicalImage Image { get; } = MedicalImage.Decode(File.ReadAllBytes(Golden.Path("nano", "images", "mri_axial_031.png")), source: $"{Patient}.png");

    [Fact]
    public async Task Start_and_end_are_told_with_the_device_why_it_was_chosen_and_the_sums()
    {
        var logs = new CollectingLogs();
        await using (var engine = UniMedEngine.Create(nano.Model, new EngineOptions { LoggerFactory = logs, MaxRunningRequests = 3, KvCacheTokens = 160 }))
        {
            await engine.DescribeAsync(Image, cancellationToken: Cancellation);
            await engine.DrainAsync();
        }

        Assert.All(logs.Entries, entry => Assert.Equal("UniMed.Inference.UniMedEngine", entry.Category));
        CollectingLogs.Entry started = logs.Entries[0];
        Assert.Equal((1, LogLevel.Information), (started.Id, started.Level));
        foreach (string part in new[] { nano.Model.Device.Name, nano.Model.Device.Description, nano.Model.DeviceChoice.ToString(), "3 requests at once", "160 positions" })
            Assert.Contains(part, started.Message, StringComparison.Ordinal);
        Assert.Contains("Request 1 (caption) begins", Assert.Single(logs.Of(10)).Message, StringComparison.Ordinal);
        Assert.Contains("Request 1 (caption) is answered", Assert.Single(logs.Of(11)).Message, StringComparison.Ordinal);
        Assert.Single(logs.Of(2));
        Assert.Contains("1 requests were answered, 0 failed, 0 were cancelled", logs.Entries[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompts_answers_file_names_and_callers_errors_are_written_at_no_level()
    {
        var logs = new CollectingLogs();
        TextAnswer answer;
        await using (var engine = UniMedEngine.Create(nano.Model, new EngineOptions { LoggerFactory = logs }))
        {
            answer = await engine.AskAsync(Image, $"{Patient}: is the left insula visible?", cancellationToken: Cancellation);
            await Assert.ThrowsAsync<UniMedException>(() => engine.GenerateAsync(Patient, [Image], UniMedTask.Vqa, cancellationToken: Cancellation).AsTask());
            await Fails(engine, new RequestOptions { Deadline = TimeSpan.Zero });
            using var cancel = new CancellationTokenSource();
            PendingAnswer<TextAnswer> cancelled = engine.AnswerAsync(Patient, cancellationToken: cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.AsTask());
        }

        Assert.NotEmpty(answer.Text);
        Assert.Equal(LogLevel.Warning, Assert.Single(logs.Of(13), entry => entry.Message.Contains("InvalidInput", StringComparison.Ordinal)).Level);
        Assert.Single(logs.Entries, entry => entry.Id is 13 or 14 && entry.Message.Contains("DeadlineExceeded", StringComparison.Ordinal));
        Assert.Single(logs.Of(12));
        foreach (string secret in new[] { Patient, "Lovelace", "insula", answer.Text, ".png", "once for each image" })
            Assert.All(logs.Entries, entry => Assert.DoesNotContain(secret, entry.Everything, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_overload_is_told_once_when_it_begins_and_once_when_it_is_over()
    {
        var logs = new CollectingLogs();
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { LoggerFactory = logs, MaxQueuedRequests = 1, MaxRunningRequests = 1 });
        LongRequest running = await LongRequest.StartAsync(engine, Image);
        Task<TextAnswer> waiting = engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation).AsTask();
        for (int i = 0; i < 3; i++)
            Assert.Throws<EngineOverloadedException>(() => { _ = engine.AnswerAsync("And this?", cancellationToken: Cancellation); });
        await running.DisposeAsync();
        await waiting;
        await engine.AnswerAsync("And this?", cancellationToken: Cancellation);
        Assert.Contains("1 requests wait", Assert.Single(logs.Of(20)).Message, StringComparison.Ordinal);
        Assert.Contains("3 were refused", Assert.Single(logs.Of(21)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Device_errors_are_told_with_their_cause_recovery_and_giving_up_too()
    {
        var logs = new CollectingLogs();
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        await using var engine = UniMedEngine.Create(model, new EngineOptions { LoggerFactory = logs, MaxRunningRequests = 1 });
        device.FailAfter = 40;
        await Fails(engine);
        device.FailAfter = null;
        await engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation);

        Assert.Null(engine.Failure);
        CollectingLogs.Entry failed = Assert.Single(logs.Of(30));
        Assert.Equal((LogLevel.Error, typeof(InvalidOperationException)), (failed.Level, failed.Error!.GetType()));
        Assert.Contains("reference failed, 1 of 3 times", failed.Message, StringComparison.Ordinal);
        Assert.Contains("after 1 failures", Assert.Single(logs.Of(31)).Message, StringComparison.Ordinal);

        device.FailAfter = 0;
        for (int i = 0; i < 3; i++)
            await Fails(engine);
        Assert.Equal(4, logs.Of(30).Count());
        Assert.IsType<InvalidOperationException>(engine.Failure);
        Assert.Equal(LogLevel.Critical, Assert.Single(logs.Of(32)).Level);
    }

    [Fact]
    public async Task A_logger_that_throws_disturbs_nothing()
    {
        TextAnswer expected = await nano.Study.DescribeAsync(cancellationToken: Cancellation);
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { LoggerFactory = new CollectingLogs { IsBroken = true } });
        await Assert.ThrowsAsync<UniMedException>(() => engine.GenerateAsync("x", [Image], UniMedTask.Vqa, cancellationToken: Cancellation).AsTask());
        Assert.Equal(expected.TokenIds, (await engine.DescribeAsync(Image, cancellationToken: Cancellation)).TokenIds);
    }

    [Fact]
    public async Task A_task_that_does_not_exist_is_refused_at_the_call()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        Assert.Throws<UniMedException>(() => { _ = engine.GenerateAsync("x", [], (UniMedTask)99, cancellationToken: Cancellation); });
        Assert.Equal(0, engine.Statistics.Failed);
    }

    private static async Task Fails(UniMedEngine engine, RequestOptions? options = null) =>
        await Assert.ThrowsAnyAsync<Exception>(() => engine.AnswerAsync(Patient, options, Cancellation).AsTask());
}
