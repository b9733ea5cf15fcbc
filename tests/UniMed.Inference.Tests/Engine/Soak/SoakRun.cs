using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine.Soak;

/// <summary>Random requests, cancellations, deadlines and failures against one engine, every answer compared with the same request alone.</summary>
internal sealed class SoakRun
{
    /// <summary>A request that has not ended by then is lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly UniMedModel _model;
    private readonly SoakPlan _plan;
    private readonly EngineQuestion[] _kinds;
    private readonly TextAnswer[] _alone;
    private readonly BrokenRequest[] _broken;

    private SoakRun(UniMedModel model, SoakPlan plan, EngineQuestion[] kinds, TextAnswer[] alone, BrokenRequest[] broken)
    {
        _model = model;
        _plan = plan;
        _kinds = kinds;
        _alone = alone;
        _broken = broken;
    }

    /// <summary>How the requests ended.</summary>
    public SoakCounts Counts { get; } = new();

    /// <summary>Memory when half of the requests had ended.</summary>
    public MemoryState? Middle { get; private set; }

    /// <summary>Memory when all had ended.</summary>
    public MemoryState? End { get; private set; }

    /// <summary>What the engine counted.</summary>
    public EngineStatistics? Statistics { get; private set; }

    /// <summary>Soaks an engine over the model.</summary>
    public static async Task<SoakRun> RunAsync(UniMedModel model, SoakPlan plan, CancellationToken cancellationToken)
    {
        string[] files = [.. new[] { "mri_axial_031.png", "mri_axial_080.png", "mri_coronal_038.png" }.Select(name => Golden.Path("nano", "images", name))];
        MedicalImage[] images = [.. files.Select(file => MedicalImage.Load(file))];
        var random = new Random(plan.Seed);
        EngineQuestion[] kinds = [.. Enumerable.Range(0, SoakPlan.Kinds).Select(_ => EngineQuestion.Random(random, model, images, SoakPlan.MostNewTokens))];
        var alone = new TextAnswer[kinds.Length];
        for (int i = 0; i < kinds.Length; i++)
            alone[i] = await kinds[i].AskAloneAsync(model, cancellationToken);
        var run = new SoakRun(model, plan, kinds, alone, BrokenRequest.All(model, images[0], await File.ReadAllBytesAsync(files[0], cancellationToken)));
        await using var engine = UniMedEngine.Create(model, SoakPlan.Limits);
        run.Middle = await run.ServeAsync(engine, 0, plan.Requests / 2, cancellationToken);
        run.End = await run.ServeAsync(engine, plan.Requests / 2, plan.Requests, cancellationToken);
        run.Statistics = engine.Statistics;
        return run;
    }

    /// <summary>Some of the requests, until none runs any more.</summary>
    private async Task<MemoryState> ServeAsync(UniMedEngine engine, int first, int end, CancellationToken cancellationToken)
    {
        int next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, _plan.Clients).Select(_ => Task.Run(
            async () =>
            {
                while (Interlocked.Increment(ref next) is var request && request < end)
                    await EndAsync(engine, request, cancellationToken);
            },
            cancellationToken)));
        // What the engine holds is told after the round in which the last one left.
        for (int i = 0; i < 1000 && engine.Statistics is { } now && (now.Running > 0 || now.FreeKvBlocks < now.KvBlocks); i++)
            await Task.Delay(10, cancellationToken);
        return MemoryState.Read(_model, engine);
    }

    private async Task EndAsync(UniMedEngine engine, int request, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await AskAsync(engine, new Random(unchecked((_plan.Seed * 1_000_003) ^ (request * (int)2_654_435_761)))).WaitAsync(Patience, cancellationToken);
                    return;
                }
                catch (EngineOverloadedException)
                {
                    Counts.AddRefused();
                    await Task.Delay(1, cancellationToken);
                }
            }
        }
        catch (Exception error)
        {
            Counts.AddWrong(request, error);
        }
    }

    private async Task AskAsync(UniMedEngine engine, Random random)
    {
        int kind = random.Next(_kinds.Length);
        int priority = random.Next(-2, 3);
        switch (random.NextDouble())
        {
            case < SoakPlan.Broken:
                await AskBrokenAsync(engine, random, kind);
                break;
            case < SoakPlan.Broken + SoakPlan.Cancelled:
                await AskAndCancelAsync(engine, random, kind, priority);
                break;
            default:
                await AskSoundAsync(engine, random, kind, priority);
                break;
        }
    }

    private async Task AskSoundAsync(UniMedEngine engine, Random random, int kind, int priority)
    {
        bool hurried = random.NextDouble() < SoakPlan.Late;
        TimeSpan? deadline = hurried ? TimeSpan.FromMilliseconds(30 * random.NextDouble()) : random.Next(4) == 0 ? TimeSpan.FromHours(1) : null;
        PendingAnswer<TextAnswer> pending = _kinds[kind].Ask(engine, CancellationToken.None, priority, deadline);
        try
        {
            EngineAnswers.AssertSame(_alone[kind], await pending);
            Counts.AddRight();
        }
        catch (UniMedException error) when (hurried && error.Reason == UniMedFailure.DeadlineExceeded)
        {
            Counts.AddLate();
        }
    }

    /// <summary>Cancels before it is asked, right behind, some time later, or after some tokens.</summary>
    private async Task AskAndCancelAsync(UniMedEngine engine, Random random, int kind, int priority)
    {
        using var cancel = new CancellationTokenSource();
        int moment = random.Next(4);
        if (moment == 0)
            await cancel.CancelAsync();
        PendingAnswer<TextAnswer> pending = _kinds[kind].Ask(engine, cancel.Token, priority);
        Counts.AddCancellation();
        if (moment == 1)
            await cancel.CancelAsync();
        if (moment == 2)
            cancel.CancelAfter(TimeSpan.FromMilliseconds(40 * random.NextDouble()));
        try
        {
            if (moment == 3)
            {
                await using IAsyncEnumerator<GeneratedToken> tokens = pending.GetAsyncEnumerator(CancellationToken.None);
                for (int left = random.Next(SoakPlan.MostNewTokens); left > 0 && await tokens.MoveNextAsync(); left--)
                {
                }

                await cancel.CancelAsync();
            }

            EngineAnswers.AssertSame(_alone[kind], await pending);
            Counts.AddRight();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Counts.AddCancelled();
        }
    }

    private async Task AskBrokenAsync(UniMedEngine engine, Random random, int kind)
    {
        int which = random.Next(_broken.Length + 1);
        if (which == _broken.Length)
        {
            await AskWithBadListenerAsync(engine, kind);
        }
        else
        {
            try
            {
                TextAnswer answer = await _broken[which].Ask(engine);
                Assert.Fail($"A request that must fail with '{_broken[which].Says}' was answered: {answer.Text}");
            }
            catch (UniMedException error) when (error is not EngineOverloadedException)
            {
                Assert.Contains(_broken[which].Says, error.Message, StringComparison.Ordinal);
            }
        }

        Counts.AddBroken();
    }

    private async Task AskWithBadListenerAsync(UniMedEngine engine, int kind)
    {
        PendingAnswer<TextAnswer> pending = _kinds[kind].Ask(engine, CancellationToken.None);
        await Assert.ThrowsAsync<ListenerException>(async () =>
        {
            await foreach (GeneratedToken _ in pending)
                throw new ListenerException();
        });
        EngineAnswers.AssertSame(_alone[kind], await pending);
    }
}
