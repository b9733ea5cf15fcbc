namespace UniMed.WeightsConverter;

/// <summary>Matrices that are quantized or kept together.</summary>
public enum WeightPart
{
    /// <summary>qkv, proj, fc1 and fc2 of the vision transformer's blocks.</summary>
    Vision,

    /// <summary>fc1 and fc2 of the connector's router.</summary>
    Router,

    /// <summary>The connector's expert layers, or its single projector.</summary>
    Experts,

    /// <summary>q, k, v, o, gate, up and down of the language model's layers.</summary>
    Layers,

    /// <summary>The language model's head.</summary>
    LmHead,
}
