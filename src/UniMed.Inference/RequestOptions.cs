using UniMed.Inference.Generation;

namespace UniMed.Inference;

/// <summary>How to answer one request, and what to report beside the answer.</summary>
public sealed record RequestOptions
{
    /// <summary>How tokens are chosen. Default: greedy, 100 new tokens, as the reference's evaluation.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>Report the routing weights of every visual token. Default false.</summary>
    public bool IncludeRouting { get; init; }

    /// <summary>Report the time of each stage. Default false.</summary>
    public bool IncludeTimings { get; init; }
}
