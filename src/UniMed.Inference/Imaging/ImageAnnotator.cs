using UniMed.Inference.Imaging;

namespace UniMed.Inference;

/// <summary>Draws named boxes on an enlarged copy of a picture.</summary>
/// <remarks>Thread-safe; the same on every machine, with or without fonts.</remarks>
public static class ImageAnnotator
{
    private const int MaxSide = 16384;
    private const int PixelsPerDot = 300;
    private const int PlatePadding = 2;

    /// <summary>Draws the annotations, each in a colour of its own with its name on a plate of that colour.</summary>
    /// <param name="image">The picture; it stays as it is.</param>
    /// <param name="annotations">Boxes in pixels of <paramref name="image"/>; parts outside it are cut off.</param>
    /// <param name="minimumSide">The picture is enlarged by the smallest whole number (bicubic) that makes its longer side at least this
    /// many pixels; 1 to 16384, 512 by default.</param>
    /// <returns>A PNG file. Plates lie inside it, away from one another as far as there is room; names that are too
    /// long end in "..".</returns>
    /// <exception cref="ArgumentException">A box has a coordinate that is not a finite number.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumSide"/> is out of range.</exception>
    public static byte[] Draw(MedicalImage image, IReadOnlyList<Annotation> annotations, int minimumSide = 512)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumSide, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumSide, MaxSide);
        if (annotations.FirstOrDefault(a => !double.IsFinite(a.X1 + a.Y1 + a.X2 + a.Y2)) is { } broken)
            throw new ArgumentException($"The box of \"{broken.Label}\" has a coordinate that is no finite number.", nameof(annotations));

        int longer = Math.Max(image.Width, image.Height);
        int factor = (minimumSide + longer - 1) / longer;
        PixelCanvas canvas = Enlarge(image, factor);

        // A dot is the unit of the lettering and of the boxes' lines, so that both stay readable on large pictures.
        int dot = Math.Max(2, longer * factor / PixelsPerDot);
        PixelRectangle[] boxes = [.. annotations.Select(annotation => Place(annotation, factor, canvas))];
        for (int i = 0; i < boxes.Length; i++)
            DrawBox(canvas, boxes[i], AnnotationColors.Of(i), dot);

        List<PixelRectangle> plates = [];
        for (int i = 0; i < boxes.Length; i++)
        {
            string label = Fit(annotations[i].Label, canvas.Width, dot);
            if (label.Length == 0)
                continue;
            PixelRectangle plate = PlacePlate(label, boxes[i], plates, canvas, dot);
            plates.Add(plate);
            DrawPlate(canvas, plate, label, AnnotationColors.Of(i), dot);
        }

        return canvas.ToPng();
    }

    private static PixelCanvas Enlarge(MedicalImage image, int factor)
    {
        int width = image.Width * factor;
        int height = image.Height * factor;
        return new(BicubicResize.Resize(image.Rgb, image.Width, image.Height, width, height), width, height);
    }

    /// <summary>The box in pixels of the enlarged picture, inside it, its corners in order and at least one pixel apart.</summary>
    private static PixelRectangle Place(Annotation annotation, int factor, PixelCanvas canvas)
    {
        (int left, int right) = Edges(annotation.X1, annotation.X2, factor, canvas.Width);
        (int top, int bottom) = Edges(annotation.Y1, annotation.Y2, factor, canvas.Height);
        return new(left, top, right, bottom);
    }

    private static (int Low, int High) Edges(double a, double b, int factor, int size)
    {
        int low = (int)Math.Clamp(Math.Round(Math.Min(a, b) * factor), 0, size - 1);
        int high = (int)Math.Clamp(Math.Round(Math.Max(a, b) * factor), low + 1, size);
        return (low, high);
    }

    private static void DrawBox(PixelCanvas canvas, PixelRectangle box, PixelColor color, int thickness)
    {
        // A dark line on both sides keeps the box visible on bright tissue.
        const int Brightness = 95;
        foreach (PixelRectangle side in Frame(box.Grow(1), thickness + 2))
            canvas.Darken(side, Brightness);
        foreach (PixelRectangle side in Frame(box, thickness))
            canvas.Fill(side, color);
    }

    /// <summary>The four sides of a box, which do not overlap.</summary>
    private static PixelRectangle[] Frame(PixelRectangle box, int thickness)
    {
        int t = Math.Min(thickness, Math.Min(box.Width, box.Height));
        return
        [
            PixelRectangle.OfSize(box.Left, box.Top, box.Width, t),
            PixelRectangle.OfSize(box.Left, box.Bottom - t, box.Width, t),
            PixelRectangle.OfSize(box.Left, box.Top + t, t, box.Height - 2 * t),
            PixelRectangle.OfSize(box.Right - t, box.Top + t, t, box.Height - 2 * t),
        ];
    }

    private static string Fit(string label, int width, int dot)
    {
        const string Cut = "..";
        int room = (width / dot - 2 * PlatePadding + 1) / DotFont.Advance;
        if (label.Length <= room)
            return label;
        return room > Cut.Length ? label[..(room - Cut.Length)] + Cut : label[..Math.Max(room, 0)];
    }

    /// <summary>Above the box, below it, or inside it, the first place that is free; failing that, the first free row.</summary>
    private static PixelRectangle PlacePlate(string label, PixelRectangle box, List<PixelRectangle> taken, PixelCanvas canvas, int dot)
    {
        int width = (DotFont.Width(label.Length) + 2 * PlatePadding) * dot;
        int height = Math.Min((DotFont.GlyphHeight + 2 * PlatePadding) * dot, canvas.Height);
        int left = Math.Clamp(box.Left, 0, Math.Max(canvas.Width - width, 0));
        IEnumerable<int> wanted = [box.Top - height, box.Bottom, box.Top + dot, box.Bottom - dot - height];
        IEnumerable<int> anywhere = Enumerable.Range(0, canvas.Height / height).Select(row => row * height);
        foreach (int top in wanted.Concat(anywhere))
        {
            PixelRectangle plate = PixelRectangle.OfSize(left, top, width, height);
            if (top >= 0 && plate.Bottom <= canvas.Height && !taken.Any(plate.Overlaps))
                return plate;
        }

        return PixelRectangle.OfSize(left, Math.Clamp(box.Top - height, 0, canvas.Height - height), width, height);
    }

    private static void DrawPlate(PixelCanvas canvas, PixelRectangle plate, string label, PixelColor color, int dot)
    {
        canvas.Fill(plate, color);
        canvas.Write(label, plate.Left + PlatePadding * dot, plate.Top + PlatePadding * dot, dot, AnnotationColors.TextOn(color));
    }
}
