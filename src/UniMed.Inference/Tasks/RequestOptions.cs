namespace UniMed.Inference;

/// <summary>How to answer one request, how urgent it is, and what to report beside the answer.</summary>
public sealed record RequestOptions
{
    /// <summary>How tokens are chosen. Default: greedy, 100 new tokens, as the reference's evaluation.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>
    /// Constrain the generated answer to what its task means: a box for a location, one of the categories for a classification. Calls whose answers are free text are not changed, nor
    /// are those with a <see cref="GenerationOptions.Constraint"/> of their own. Default false, as the reference.
    /// </summary>
    public bool ConstrainToTask { get; init; }

    /// <summary>Report the routing weights of every visual token. Default false.</summary>
    public bool IncludeRouting { get; init; }

    /// <summary>Report the time of each stage. Default false.</summary>
    public bool IncludeTimings { get; init; }

    /// <summary>Any number: higher ones are taken first; equal ones in the order they came. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Time from now in which the answer must be finished; then it ends with <see cref="UniMedFailure.DeadlineExceeded"/>. Zero is over at once. Default null: none, as
    /// <see cref="Timeout.InfiniteTimeSpan"/> and <see cref="TimeSpan.MaxValue"/> are.
    /// </summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>These options, with nothing missing in them and a deadline that can be kept.</summary>
    /// <exception cref="ArgumentNullException">They are null where nothing may be.</exception>
    /// <exception cref="UniMedException">The deadline is negative.</exception>
    internal RequestOptions Whole()
    {
        ArgumentNullException.ThrowIfNull(Generation, $"{nameof(RequestOptions)}.{nameof(Generation)}");
        if (Deadline is { } deadline && deadline < TimeSpan.Zero && deadline != Timeout.InfiniteTimeSpan)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"{nameof(RequestOptions)}.{nameof(Deadline)} is {deadline}. A deadline is a time from now: zero or more, or null or Timeout.InfiniteTimeSpan for none.");
        }

        return this;
    }
}
