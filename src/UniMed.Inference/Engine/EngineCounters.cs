namespace UniMed.Inference.Engine;

/// <summary>What the engine's thread counts; other threads read it.</summary>
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

    public void AddCompleted() => Interlocked.Increment(ref _completed);

    public void AddFailed() => Interlocked.Increment(ref _failed);

    public void AddCancelled() => Interlocked.Increment(ref _cancelled);

    public void AddPass() => Interlocked.Increment(ref _passes);

    public void AddPromptTokens(int count) => Interlocked.Add(ref _promptTokens, count);

    public void AddSharedPromptTokens(int count) => Interlocked.Add(ref _sharedPromptTokens, count);

    public void AddNewToken() => Interlocked.Increment(ref _newTokens);

    public void AddImagesEncoded(int count) => Interlocked.Add(ref _imagesEncoded, count);

    public void AddImageHit() => Interlocked.Increment(ref _imageHits);

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
}
