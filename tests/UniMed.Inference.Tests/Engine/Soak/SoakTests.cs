using System.Diagnostics;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine.Soak;

/// <summary>Nothing that callers do to an engine makes an answer wrong, loses one, or leaves memory behind.</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const double Flat = 0.01;

    /// <summary>Some hundred requests. Other tests run in the process: only memory that belongs to the engine is asked about.</summary>
    [Fact]
    public async Task Random_requests_cancellations_and_failures_leave_every_answer_right_and_memory_flat() =>
        await SoakAsync(new SoakPlan(Requests: 300, Clients: 24, Seed: 77));

    /// <summary>The bar of docs/performance.md; minutes, and alone in the process, so it runs only when asked for.</summary>
    [Fact(Explicit = true)]
    public async Task Twenty_thousand_requests_leave_every_answer_right_and_the_process_flat()
    {
        SoakRun run = await SoakAsync(new SoakPlan(Requests: 20_000, Clients: 24, Seed: 2409));

        AssertFlat("managed memory", run.Middle!.ManagedBytes, run.End!.ManagedBytes);
        AssertFlat("working set", run.Middle.WorkingSetBytes, run.End.WorkingSetBytes);
    }

    private async Task<SoakRun> SoakAsync(SoakPlan plan)
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        long started = Stopwatch.GetTimestamp();
        SoakRun run = await SoakRun.RunAsync(model, plan, TestContext.Current.CancellationToken);
        SoakCounts counts = run.Counts;
        output.WriteLine($"{counts}; {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        output.WriteLine($"middle: {run.Middle}");
        output.WriteLine($"end:    {run.End}");
        output.WriteLine($"{run.Statistics}");

        Assert.True(counts.Wrong == 0, $"{counts}\n{string.Join('\n', counts.Complaints)}");
        Assert.Equal(plan.Requests, counts.Ended);
        Assert.InRange(counts.Cancellations / (double)plan.Requests, SoakPlan.Cancelled / 2, SoakPlan.Cancelled * 2);
        Assert.InRange(counts.Broken / (double)plan.Requests, SoakPlan.Broken / 2, SoakPlan.Broken * 2);
        Assert.True(counts.Cancelled > 0, "Every cancellation came too late.");
        EngineStatistics statistics = run.Statistics!;
        Assert.Equal((0, 0, statistics.KvBlocks), (statistics.Queued, statistics.Running, statistics.FreeKvBlocks));
        Assert.Equal(statistics.KvBlocks, run.Middle!.FreeKvBlocks);
        Assert.InRange(run.End!.VisualCacheBytes, 0, SoakPlan.Limits.VisualCacheBytes);
        AssertFlat("device memory", run.Middle.DeviceBytes, run.End.DeviceBytes);
        return run;
    }

    private static void AssertFlat(string what, long middle, long end) =>
        Assert.True(Math.Abs(end - middle) <= Flat * middle, $"{what}: {middle} bytes in the middle, {end} at the end, {(end - middle) / (double)middle:p2} more.");
}
