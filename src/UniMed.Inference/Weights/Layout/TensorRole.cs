namespace UniMed.Inference.Weights.Layout;

/// <summary>What a tensor of a model is for. The role decides which formats may hold it.</summary>
internal enum TensorRole
{
    /// <summary>Matrix of a block of the vision transformer.</summary>
    VisionLayer,

    /// <summary>Matrix of the connector's router.</summary>
    RouterLayer,

    /// <summary>Matrix of an expert, or of the connector's single projector.</summary>
    ProjectionLayer,

    /// <summary>Matrix of a layer of the language model.</summary>
    LanguageLayer,

    /// <summary>The language model's head.</summary>
    LmHead,

    /// <summary>Embedding table or patch embedding: large, and never quantized.</summary>
    Table,

    /// <summary>The position embedding: a class position, then a square grid of any size, which is interpolated to the image's.</summary>
    Positions,

    /// <summary>Scale of a norm: around 1.</summary>
    NormScale,

    /// <summary>Bias, class token or task token: small.</summary>
    Vector,
}
