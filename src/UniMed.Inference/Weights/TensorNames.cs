namespace UniMed.Inference.Weights;

/// <summary>Names of a model folder's tensors that readers and writers must agree on.</summary>
public static class TensorNames
{
    /// <summary>What the scales of a quantized matrix are called: its own name and this. Source: docs/formats.md.</summary>
    public const string ScalesSuffix = ".scales";
}
