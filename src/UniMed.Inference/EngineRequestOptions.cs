namespace UniMed.Inference;

/// <summary>How an engine treats one request.</summary>
public sealed record EngineRequestOptions
{
    /// <summary>How to answer, and what to report.</summary>
    public RequestOptions Request { get; init; } = new();

    /// <summary>Higher ones are taken first; equal ones in the order they came. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Time from now in which the answer must be finished; then it ends with <see cref="TimeoutException"/>. Default null: none.</summary>
    public TimeSpan? Deadline { get; init; }
}
