using System.Text.Json.Serialization;

namespace UniMed.Inference;

/// <summary>Sizes of the vision transformer (EVA-CLIP ViT-g without its last block; docs/uni-med.md, section 2).</summary>
public sealed record VisionConfig
{
    /// <summary>Side of the square input in pixels; a multiple of <see cref="PatchSize"/>.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Side of a square patch in pixels (14).</summary>
    public required int PatchSize { get; init; }

    /// <summary>Width of a token (1408 at full size).</summary>
    public required int EmbedDim { get; init; }

    /// <summary>Number of blocks (39 at full size).</summary>
    public required int Depth { get; init; }

    /// <summary>Attention heads (16 at full size, of 88 channels).</summary>
    public required int NumHeads { get; init; }

    /// <summary>Hidden width of a block's MLP (6144 at full size).</summary>
    public required int MlpDim { get; init; }

    /// <summary>Epsilon of the blocks' layer norms (1e-6).</summary>
    public double LayerNormEps { get; init; } = 1e-6;

    /// <summary>Epsilon of ln_vision (1e-5).</summary>
    public double LnVisionEps { get; init; } = 1e-5;

    /// <summary>Patches along one side: image_size / patch_size.</summary>
    [JsonIgnore]
    public int Grid => ImageSize / PatchSize;
}
