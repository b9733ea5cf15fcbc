namespace UniMed.Inference;

/// <summary>Sizes of the language model, by the names of Hugging Face's LLaMA config.json.</summary>
public sealed record LanguageConfig
{
    /// <summary>Width of a token (4096 for LLaMA-2-7B).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the SwiGLU MLP (11008).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of layers (32).</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Query heads (32).</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Key and value heads; equal to the query heads for LLaMA-2-7B.</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>Channels of one head (128).</summary>
    public required int HeadDim { get; init; }

    /// <summary>Number of token ids (32000).</summary>
    public required int VocabSize { get; init; }

    /// <summary>Longest sequence the model was made for (4096).</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>Epsilon of the RMS norms.</summary>
    public required double RmsNormEps { get; init; }

    /// <summary>Base of the rotary embedding (10000).</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>True when lm_head shares the token embedding.</summary>
    public bool TieWordEmbeddings { get; init; }
}
