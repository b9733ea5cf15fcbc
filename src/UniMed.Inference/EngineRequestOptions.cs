namespace UniMed.Inference;

/// <summary>How an engine treats one request.</summary>
public sealed record EngineRequestOptions
{
    /// <summary>How to answer, and what to report.</summary>
    public RequestOptions Request { get; init; } = new();

    /// <summary>Any number: higher ones are taken first; equal ones in the order they came. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Time from now in which the answer must be finished; then it ends with <see cref="UniMedFailure.DeadlineExceeded"/>. Zero is over at once. Default null: none, as
    /// <see cref="Timeout.InfiniteTimeSpan"/> and <see cref="TimeSpan.MaxValue"/> are.
    /// </summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Checks what is not the answer's own business.</summary>
    /// <exception cref="ArgumentNullException">Options are null where none may be.</exception>
    /// <exception cref="UniMedException">The deadline is negative.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Request, $"{nameof(EngineRequestOptions)}.{nameof(Request)}");
        _ = Request.Whole();
        if (Deadline is { } deadline && deadline < TimeSpan.Zero && deadline != Timeout.InfiniteTimeSpan)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"{nameof(EngineRequestOptions)}.{nameof(Deadline)} is {deadline}. A deadline is a time from now: zero or more, or null or Timeout.InfiniteTimeSpan for none.");
        }
    }
}
