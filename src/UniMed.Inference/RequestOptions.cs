namespace UniMed.Inference;

/// <summary>How to answer one request, and what to report beside the answer.</summary>
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

    /// <summary>These options, with nothing missing in them.</summary>
    /// <exception cref="ArgumentNullException">They are null where nothing may be.</exception>
    internal RequestOptions Whole()
    {
        ArgumentNullException.ThrowIfNull(Generation, $"{nameof(RequestOptions)}.{nameof(Generation)}");
        return this;
    }

    /// <summary>The options of a call whose answers have a form.</summary>
    internal RequestOptions WithForm(Func<AnswerConstraint> form) =>
        ConstrainToTask && Whole().Generation.Constraint is null ? this with { Generation = Generation with { Constraint = form() } } : this;
}
