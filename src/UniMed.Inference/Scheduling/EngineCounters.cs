using System.Diagnostics;

namespace UniMed.Inference.Scheduling;

/// <summary>What the engine's thread counts, for <see cref="EngineStatistics"/> and for <see cref="EngineTelemetry"/>; other threads read it.</summary>
internal sealed class EngineCounters
{
    private long _completed;
    private long _failed;
    private long _cancelled;
    private long _passes;
    private long _promptTokens;
    private long _sharedPromptTokens;
    private long _newTokens;
    private long _imagesEncoded;
    private long _imageHits;
    private long _projections;

    /// <summary>A request ended.</summary>
    public void AddEnd(EngineJob job, EngineOutcome outcome)
    {
        ref long count = ref _cancelled;
        if (outcome != EngineOutcome.Cancelled)
            count = ref outcome == EngineOutcome.Completed ? ref _completed : ref _failed;
        Interlocked.Increment(ref count);
        if (EngineTelemetry.Requests.Enabled)
            HostListeners.Tell((job, outcome), static end => EngineTelemetry.Requests.Add(1, Tag(end.job), new KeyValuePair<string, object?>("outcome", end.outcome.ToString().ToLowerInvariant())));
        if (EngineTelemetry.TimePerOutputToken.Enabled && outcome == EngineOutcome.Completed && job.TokensChosen > 1)
            HostListeners.Tell(job, static job => EngineTelemetry.TimePerOutputToken.Record(Stopwatch.GetElapsedTime(job.FirstToken).TotalSeconds / (job.TokensChosen - 1), Tag(job)));
    }

    /// <summary>A request's first token was chosen.</summary>
    public static void AddFirstToken(EngineJob job)
    {
        if (EngineTelemetry.TimeToFirstToken.Enabled)
            HostListeners.Tell(job, static job => EngineTelemetry.TimeToFirstToken.Record(Stopwatch.GetElapsedTime(job.Submitted, job.FirstToken).TotalSeconds, Tag(job)));
    }

    public void AddPass()
    {
        Interlocked.Increment(ref _passes);
        if (EngineTelemetry.Passes.Enabled)
            HostListeners.Tell(1, static count => EngineTelemetry.Passes.Add(count));
    }

    public void AddPromptTokens(int count)
    {
        Interlocked.Add(ref _promptTokens, count);
        if (EngineTelemetry.Tokens.Enabled)
            HostListeners.Tell(count, static count => EngineTelemetry.Tokens.Add(count, Kind("prompt")));
    }

    public void AddSharedPromptTokens(int count)
    {
        Interlocked.Add(ref _sharedPromptTokens, count);
        if (EngineTelemetry.Tokens.Enabled)
            HostListeners.Tell(count, static count => EngineTelemetry.Tokens.Add(count, Kind("shared")));
    }

    public void AddNewToken()
    {
        Interlocked.Increment(ref _newTokens);
        if (EngineTelemetry.Tokens.Enabled)
            HostListeners.Tell(1, static count => EngineTelemetry.Tokens.Add(count, Kind("new")));
    }

    public void AddImagesEncoded(int count)
    {
        Interlocked.Add(ref _imagesEncoded, count);
        if (EngineTelemetry.Images.Enabled)
            HostListeners.Tell(count, static count => EngineTelemetry.Images.Add(count, Kind("encoded")));
    }

    public void AddImageHit()
    {
        Interlocked.Increment(ref _imageHits);
        if (EngineTelemetry.Images.Enabled)
            HostListeners.Tell(1, static count => EngineTelemetry.Images.Add(count, Kind("reused")));
    }

    public void AddProjection() => Interlocked.Increment(ref _projections);

    /// <summary>All of it, with what the engine holds now.</summary>
    public EngineStatistics Read(int queued, int running, long visualCacheBytes, int freeKvBlocks, int kvBlocks) => new(
        queued,
        running,
        Interlocked.Read(ref _completed),
        Interlocked.Read(ref _failed),
        Interlocked.Read(ref _cancelled),
        Interlocked.Read(ref _passes),
        Interlocked.Read(ref _promptTokens),
        Interlocked.Read(ref _sharedPromptTokens),
        Interlocked.Read(ref _newTokens),
        Interlocked.Read(ref _imagesEncoded),
        Interlocked.Read(ref _imageHits),
        Interlocked.Read(ref _projections),
        visualCacheBytes,
        freeKvBlocks,
        kvBlocks);

    private static KeyValuePair<string, object?> Tag(EngineJob job) => new("task", job.TaskName);

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);
}
