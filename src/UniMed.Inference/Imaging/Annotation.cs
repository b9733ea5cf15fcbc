namespace UniMed.Inference;

/// <summary>A named box to draw on a picture.</summary>
/// <param name="X1">Left edge in pixels of the picture, from its left side.</param>
/// <param name="Y1">Top edge in pixels of the picture, from its top.</param>
/// <param name="X2">Right edge in pixels of the picture.</param>
/// <param name="Y2">Bottom edge in pixels of the picture.</param>
/// <param name="Label">The name beside the box; empty for none. Characters outside printable ASCII show as an empty frame.</param>
public record Annotation(double X1, double Y1, double X2, double Y2, string Label);
