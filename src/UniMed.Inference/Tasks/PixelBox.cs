namespace UniMed.Inference.Tasks;

/// <summary>A box as two corners in pixels, x to the right and y down from the upper left corner of the image.</summary>
/// <param name="X1">Left side.</param>
/// <param name="Y1">Upper side.</param>
/// <param name="X2">Right side.</param>
/// <param name="Y2">Lower side.</param>
public readonly record struct PixelBox(double X1, double Y1, double X2, double Y2)
{
    /// <summary>The same box as COCO writes it: left, top, width and height in pixels.</summary>
    public (double X, double Y, double Width, double Height) CocoXywh => (X1, Y1, X2 - X1, Y2 - Y1);
}
