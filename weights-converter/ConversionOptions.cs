using UniMed.Inference;

namespace UniMed.WeightsConverter;

/// <summary>
/// Options of a model that its checkpoint's "config" normally holds. Null means not given. A value that contradicts the checkpoint's is an error.
/// Where neither gives one, the authors' default or the tensors' shapes decide.
/// </summary>
public sealed record ConversionOptions
{
    /// <summary>Side of the square input image in pixels, a multiple of the patch size. May differ from the position embedding's.</summary>
    public int? ImageSize { get; init; }

    /// <summary>What maps visual tokens to the width of the language model (as the checkpoint's keys say).</summary>
    public ProjectorType? ProjectorType { get; init; }

    /// <summary>True when a mixture of experts projects.</summary>
    public bool? HasMoe { get; init; }

    /// <summary>How patches become visual tokens (projection).</summary>
    public ResampleMethod? ResampleMethod { get; init; }

    /// <summary>Consecutive tokens joined by <c>projection</c> (4).</summary>
    public int? ResampleRate { get; init; }

    /// <summary>How experts are weighted (soft).</summary>
    public RouterType? RouterType { get; init; }

    /// <summary>What the router sees (router_task_token).</summary>
    public RouterMethod? RouterMethod { get; init; }

    /// <summary>Number of experts (as many as the checkpoint holds).</summary>
    public int? NumExperts { get; init; }

    /// <summary>Experts that a sparse router keeps (2).</summary>
    public int? SparseTopk { get; init; }

    /// <summary>Learned task tokens of each task (as the checkpoint's shapes say).</summary>
    public int? NumTaskTokens { get; init; }

    /// <summary>Width of a task token (as the checkpoint's shapes say).</summary>
    public int? TaskTokenC { get; init; }

    /// <summary>Attention heads of the vision transformer (embed_dim / 88).</summary>
    public int? VitHeads { get; init; }

    /// <summary>Blocks of the vision transformer that are used (39 for width 1408, otherwise all in the file).</summary>
    public int? VitDepth { get; init; }

    /// <summary>LoRA alpha: W' = W + (alpha / r) B A (16).</summary>
    public double? LoraAlpha { get; init; }
}
