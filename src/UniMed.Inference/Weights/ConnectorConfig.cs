namespace UniMed.Inference;

/// <summary>Options of the connector, by the names of the authors' configuration.</summary>
public sealed record ConnectorConfig
{
    /// <summary><c>linear</c>, <c>mlpNx_gelu</c> (N at least 1), <c>moe_linear</c> or <c>moe_mlp</c>.</summary>
    public required string ProjectorType { get; init; }

    /// <summary>True when a mixture of experts projects (moe_linear, moe_mlp).</summary>
    public required bool HasMoe { get; init; }

    /// <summary><c>projection</c>, <c>avgpool</c> or <c>maxpool</c>.</summary>
    public required string ResampleMethod { get; init; }

    /// <summary>Consecutive tokens joined by <c>projection</c>; with pooling it only counts task tokens (4).</summary>
    public required int ResampleRate { get; init; }

    /// <summary><c>soft</c>, <c>sparse</c>, <c>hard</c> or <c>constant</c>; null without experts.</summary>
    public string? RouterType { get; init; }

    /// <summary><c>router_task_token</c>, <c>router_token</c> or <c>router_task</c>; null without experts.</summary>
    public string? RouterMethod { get; init; }

    /// <summary>Number of experts; 0 without experts.</summary>
    public int NumExperts { get; init; }

    /// <summary>Experts that a sparse router keeps (2); 0 when the router is not sparse.</summary>
    public int SparseTopk { get; init; }

    /// <summary>Learned task tokens of each task; 0 when there are none.</summary>
    public int NumTaskTokens { get; init; }

    /// <summary>Width of a task token; 0 when there are none.</summary>
    public int TaskTokenC { get; init; }
}
