namespace UniMed.Inference.Weights.Layout;

/// <summary>A linear layer with bias.</summary>
/// <param name="Weight">[out, in].</param>
/// <param name="Bias">[out].</param>
internal sealed record LinearLayout(LayoutTensor Weight, LayoutTensor Bias);
