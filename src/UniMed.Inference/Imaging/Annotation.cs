namespace UniMed.Inference;

/// <summary>A named box to draw on a picture.</summary>
/// <param name="Box">Its corners in pixels of the picture, in any order.</param>
/// <param name="Label">The name beside the box; empty for none. Characters outside printable ASCII show as an empty frame.</param>
public sealed record Annotation(PixelBox Box, string Label = "");
