using UniMed.Inference;

namespace UniMed.Cli.Demo;

/// <summary>Intersection over union.</summary>
internal static class BoxOverlap
{
    /// <summary>0 (apart) to 1 (the same); 0 for a box turned inside out.</summary>
    public static double Of(PixelBox a, PixelBox b)
    {
        double width = Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1);
        double height = Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1);
        if (width <= 0 || height <= 0)
            return 0;
        double shared = width * height;
        return shared / (Area(a) + Area(b) - shared);
    }

    private static double Area(PixelBox box) => (box.X2 - box.X1) * (box.Y2 - box.Y1);
}
