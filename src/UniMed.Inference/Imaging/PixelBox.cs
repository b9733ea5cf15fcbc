using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>A box as two corners in pixels, x to the right and y down from the upper left corner of the image.</summary>
/// <param name="X1">Left side.</param>
/// <param name="Y1">Upper side.</param>
/// <param name="X2">Right side.</param>
/// <param name="Y2">Lower side.</param>
public readonly record struct PixelBox(double X1, double Y1, double X2, double Y2)
{
    /// <summary>The same box as COCO writes it: left, top, width and height in pixels.</summary>
    public (double X, double Y, double Width, double Height) CocoXywh => (X1, Y1, X2 - X1, Y2 - Y1);

    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(PixelBox)} {{ {nameof(X1)} = {Printed.Number(X1)}, {nameof(Y1)} = {Printed.Number(Y1)}, {nameof(X2)} = {Printed.Number(X2)}, {nameof(Y2)} = {Printed.Number(Y2)} }}";

    /// <summary>Intersection over union by the evaluation's convention, in which a side counts both its ends: 0 (apart) to 1 (the same); 0 with a box turned inside out.</summary>
    internal double IoU(PixelBox other)
    {
        double own = Area(X1, Y1, X2, Y2);
        double others = Area(other.X1, other.Y1, other.X2, other.Y2);
        double shared = Area(Math.Max(X1, other.X1), Math.Max(Y1, other.Y1), Math.Min(X2, other.X2), Math.Min(Y2, other.Y2));
        return own == 0 || others == 0 ? 0 : shared / (own + others - shared);
    }

    private static double Area(double x1, double y1, double x2, double y2) => Math.Max(0, x2 - x1 + 1) * Math.Max(0, y2 - y1 + 1);
}
