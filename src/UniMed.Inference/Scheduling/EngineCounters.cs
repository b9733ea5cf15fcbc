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
        HostListeners.Add(EngineTelemetry.Requests, 1, Tag(job), new KeyValuePair<string, object?>("outcome", NameOf(outcome)));
        if (outcome == EngineOutcome.Completed && job.TokensChosen > 1)
            HostListeners.Record(EngineTelemetry.TimePerOutputToken, Stopwatch.GetElapsedTime(job.FirstToken).TotalSeconds / (job.TokensChosen - 1), Tag(job));
    }

    /// <summary>A request's first token was chosen.</summary>
    public static void AddFirstToken(EngineJob job) =>
        HostListeners.Record(EngineTelemetry.TimeToFirstToken, Stopwatch.GetElapsedTime(job.Submitted, job.FirstToken).TotalSeconds, Tag(job));

    public void AddPass()
    {
        Interlocked.Increment(ref _passes);
        HostListeners.Add(EngineTelemetry.Passes, 1);
    }

    public void AddPromptTokens(int count)
    {
        Interlocked.Add(ref _promptTokens, count);
        HostListeners.Add(EngineTelemetry.Tokens, count, Kind("prompt"));
    }

    public void AddSharedPromptTokens(int count)
    {
        Interlocked.Add(ref _sharedPromptTokens, count);
        HostListeners.Add(EngineTelemetry.Tokens, count, Kind("shared"));
    }

    public void AddNewToken()
    {
        Interlocked.Increment(ref _newTokens);
        HostListeners.Add(EngineTelemetry.Tokens, 1, Kind("new"));
    }

    public void AddImagesEncoded(int count)
    {
        Interlocked.Add(ref _imagesEncoded, count);
        HostListeners.Add(EngineTelemetry.Images, count, Kind("encoded"));
    }

    public void AddImageHit()
    {
        Interlocked.Increment(ref _imageHits);
        HostListeners.Add(EngineTelemetry.Images, 1, Kind("reused"));
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

    /// <summary>An outcome as meters and activities have it.</summary>
    public static string NameOf(EngineOutcome outcome) => outcome switch
    {
        EngineOutcome.Completed => "completed",
        EngineOutcome.Failed => "failed",
        _ => "cancelled",
    };

    private static KeyValuePair<string, object?> Tag(EngineJob job) => new("task", job.TaskName);

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);
}
