namespace UniMed.Bench.Synthetic;

/// <summary>What a synthetic tensor is for, which decides its numbers and its type.</summary>
internal enum SyntheticRole
{
    /// <summary>Matrix of a layer: standard deviation 1 / sqrt(columns), so that activations keep their size. Quantized where the model is.</summary>
    Layer,

    /// <summary>lm_head: as <see cref="Layer"/>, never below int8.</summary>
    LmHead,

    /// <summary>Embedding table or patch embedding: never quantized.</summary>
    Table,

    /// <summary>Scale of a norm: around 1.</summary>
    NormScale,

    /// <summary>Bias or token: small.</summary>
    Vector,
}
