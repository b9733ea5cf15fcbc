using UniMed.Inference.Imaging;

namespace UniMed.Inference;

/// <summary>Draws named boxes on a copy of a picture.</summary>
/// <remarks>Thread-safe; the same on every machine, with or without fonts.</remarks>
public static class ImageAnnotator
{
    private const int MaxSide = 16384;
    private const int PixelsPerDot = 300;
    private const int PlatePadding = 2;

    /// <summary>Draws one box, such as <see cref="LocateAnswer.Pixels"/>.</summary>
    /// <param name="image">The picture; it stays as it is.</param>
    /// <param name="box">The box in pixels of <paramref name="image"/>; parts outside it are cut off.</param>
    /// <param name="label">Its name; empty for none, the default.</param>
    /// <param name="minimumSide">As for <see cref="Draw(MedicalImage, IReadOnlyList{Annotation}, int?)"/>.</param>
    /// <returns>A PNG file.</returns>
    /// <exception cref="ArgumentException">The box has a coordinate that is not a finite number.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumSide"/> is out of range.</exception>
    public static byte[] Draw(MedicalImage image, PixelBox box, string label = "", int? minimumSide = null) =>
        Draw(image, [new Annotation(box, label)], minimumSide);

    /// <summary>Draws the annotations, each in a colour of its own with its name on a plate of that colour.</summary>
    /// <param name="image">The picture; it stays as it is.</param>
    /// <param name="annotations">Boxes in pixels of <paramref name="image"/>; parts outside it are cut off.</param>
    /// <param name="minimumSide">Null, the default, keeps the picture's size. Otherwise the picture is enlarged by the smallest whole number (bicubic) that makes its longer side at
    /// least this many pixels: 1 to 16384. Names on slices of a few hundred pixels are easier to read at 512.</param>
    /// <returns>A PNG file. Plates lie inside it, away from one another as far as there is room; names that are too
    /// long end in "..".</returns>
    /// <exception cref="ArgumentException">A box has a coordinate that is not a finite number.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumSide"/> is out of range.</exception>
    public static byte[] Draw(MedicalImage image, IReadOnlyList<Annotation> annotations, int? minimumSide = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(annotations);
        int wanted = minimumSide ?? 1;
        ArgumentOutOfRangeException.ThrowIfLessThan(wanted, 1, nameof(minimumSide));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wanted, MaxSide, nameof(minimumSide));
        if (annotations.FirstOrDefault(a => !double.IsFinite(a.Box.X1 + a.Box.Y1 + a.Box.X2 + a.Box.Y2)) is { } broken)
            throw new ArgumentException($"The box of \"{broken.Label}\" has a coordinate that is no finite number.", nameof(annotations));

        int longer = Math.Max(image.Width, image.Height);
        int factor = (wanted + longer - 1) / longer;
        PixelCanvas canvas = Enlarge(image, factor);

        // A dot is the unit of the lettering and of the boxes' lines, so that both stay readable on large pictures.
        int dot = longer * factor < PixelsPerDot ? 1 : Math.Max(2, longer * factor / PixelsPerDot);
        PixelRectangle[] boxes = [.. annotations.Select(annotation => Place(annotation.Box, factor, canvas))];
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
    private static PixelRectangle Place(PixelBox box, int factor, PixelCanvas canvas)
    {
        (int left, int right) = Edges(box.X1, box.X2, factor, canvas.Width);
        (int top, int bottom) = Edges(box.Y1, box.Y2, factor, canvas.Height);
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
