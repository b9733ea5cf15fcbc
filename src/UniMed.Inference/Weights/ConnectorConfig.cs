namespace UniMed.Inference;

/// <summary>Options of the connector, by the names of the authors' configuration.</summary>
public sealed record ConnectorConfig
{
    /// <summary>Most experts.</summary>
    internal const int MaxExperts = 1024;

    /// <summary>Most patches joined to one visual token.</summary>
    internal const int MaxResampleRate = 4096;

    /// <summary>Most task tokens of a task.</summary>
    internal const int MaxTaskTokens = 4096;

    /// <summary>Widest task token.</summary>
    internal const int MaxTaskTokenC = 1 << 20;

    /// <summary>What maps visual tokens to the width of the language model.</summary>
    public required ProjectorType ProjectorType { get; init; }

    /// <summary>True when a mixture of experts projects (moe_linear, moe_mlp).</summary>
    public required bool HasMoe { get; init; }

    /// <summary>How patches become visual tokens.</summary>
    public required ResampleMethod ResampleMethod { get; init; }

    /// <summary>Consecutive patches joined by <see cref="ResampleMethod.Projection"/>, 1 to 4096; with pooling it only counts task tokens (4).</summary>
    public required int ResampleRate { get; init; }

    /// <summary>How experts are weighted; null without experts.</summary>
    public RouterType? RouterType { get; init; }

    /// <summary>What the router sees; null without experts.</summary>
    public RouterMethod? RouterMethod { get; init; }

    /// <summary>Number of experts, up to 1024; 0 without experts.</summary>
    public int NumExperts { get; init; }

    /// <summary>Experts that a sparse router keeps (2); 0 when the router is not sparse.</summary>
    public int SparseTopk { get; init; }

    /// <summary>Learned task tokens of each task, up to 4096; 0 when there are none.</summary>
    public int NumTaskTokens { get; init; }

    /// <summary>Width of a task token; 0 when there are none.</summary>
    public int TaskTokenC { get; init; }

    /// <summary>True when experts are weighted by a learned router: other router types have no weights.</summary>
    internal bool HasRouter => HasMoe && RouterType is (Inference.RouterType.Soft or Inference.RouterType.Sparse);
}
