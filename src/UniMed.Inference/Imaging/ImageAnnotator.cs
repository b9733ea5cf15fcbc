using SkiaSharp;

namespace UniMed.Inference.Imaging;

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
        using SKBitmap bitmap = Enlarge(image, factor);
        using (SKCanvas canvas = new(bitmap))
        {
            // A dot is the unit of the lettering and of the boxes' lines, so that both stay readable on large pictures.
            int dot = Math.Max(2, longer * factor / PixelsPerDot);
            SKRectI[] boxes = [.. annotations.Select(annotation => Place(annotation, factor, bitmap))];
            for (int i = 0; i < boxes.Length; i++)
                DrawBox(canvas, boxes[i], AnnotationColors.Of(i), dot);

            List<SKRectI> plates = [];
            for (int i = 0; i < boxes.Length; i++)
            {
                string label = Fit(annotations[i].Label, bitmap.Width, dot);
                if (label.Length == 0)
                    continue;
                SKRectI plate = PlacePlate(label, boxes[i], plates, bitmap, dot);
                plates.Add(plate);
                DrawPlate(canvas, plate, label, AnnotationColors.Of(i), dot);
            }
        }

        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100)
            ?? throw new ImageException($"{image.Source ?? "The picture"}: the annotated picture cannot be written as PNG. Use a smaller one.");
        return png.ToArray();
    }

    private static SKBitmap Enlarge(MedicalImage image, int factor)
    {
        int width = image.Width * factor;
        int height = image.Height * factor;
        byte[] rgb = BicubicResize.Resize(image.Rgb, image.Width, image.Height, width, height);
        SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> rgba = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
        {
            rgb.AsSpan(from, 3).CopyTo(rgba[to..]);
            rgba[to + 3] = byte.MaxValue;
        }

        return bitmap;
    }

    /// <summary>The box in pixels of the enlarged picture, inside it, its corners in order and at least one pixel apart.</summary>
    private static SKRectI Place(Annotation annotation, int factor, SKBitmap bitmap)
    {
        (int left, int right) = Edges(annotation.X1, annotation.X2, factor, bitmap.Width);
        (int top, int bottom) = Edges(annotation.Y1, annotation.Y2, factor, bitmap.Height);
        return new(left, top, right, bottom);
    }

    private static (int Low, int High) Edges(double a, double b, int factor, int size)
    {
        int low = (int)Math.Clamp(Math.Round(Math.Min(a, b) * factor), 0, size - 1);
        int high = (int)Math.Clamp(Math.Round(Math.Max(a, b) * factor), low + 1, size);
        return (low, high);
    }

    private static void DrawBox(SKCanvas canvas, SKRectI box, SKColor color, int thickness)
    {
        // A dark line on both sides keeps the box visible on bright tissue.
        DrawFrame(canvas, Grow(box, 1), thickness + 2, new SKColor(0, 0, 0, 160));
        DrawFrame(canvas, box, thickness, color);
    }

    private static void DrawFrame(SKCanvas canvas, SKRectI box, int thickness, SKColor color)
    {
        using SKPaint paint = new() { Color = color, IsAntialias = false };
        int t = Math.Min(thickness, Math.Min(box.Width, box.Height));
        canvas.DrawRect(SKRectI.Create(box.Left, box.Top, box.Width, t), paint);
        canvas.DrawRect(SKRectI.Create(box.Left, box.Bottom - t, box.Width, t), paint);
        canvas.DrawRect(SKRectI.Create(box.Left, box.Top + t, t, box.Height - 2 * t), paint);
        canvas.DrawRect(SKRectI.Create(box.Right - t, box.Top + t, t, box.Height - 2 * t), paint);
    }

    private static SKRectI Grow(SKRectI box, int by) => new(box.Left - by, box.Top - by, box.Right + by, box.Bottom + by);

    private static string Fit(string label, int width, int dot)
    {
        const string Cut = "..";
        int room = (width / dot - 2 * PlatePadding + 1) / DotFont.Advance;
        if (label.Length <= room)
            return label;
        return room > Cut.Length ? label[..(room - Cut.Length)] + Cut : label[..Math.Max(room, 0)];
    }

    /// <summary>Above the box, below it, or inside it, the first place that is free; failing that, the first free row.</summary>
    private static SKRectI PlacePlate(string label, SKRectI box, List<SKRectI> taken, SKBitmap bitmap, int dot)
    {
        int width = (DotFont.Width(label.Length) + 2 * PlatePadding) * dot;
        int height = Math.Min((DotFont.GlyphHeight + 2 * PlatePadding) * dot, bitmap.Height);
        int left = Math.Clamp(box.Left, 0, Math.Max(bitmap.Width - width, 0));
        IEnumerable<int> wanted = [box.Top - height, box.Bottom, box.Top + dot, box.Bottom - dot - height];
        IEnumerable<int> anywhere = Enumerable.Range(0, bitmap.Height / height).Select(row => row * height);
        foreach (int top in wanted.Concat(anywhere))
        {
            SKRectI plate = SKRectI.Create(left, top, width, height);
            if (top >= 0 && plate.Bottom <= bitmap.Height && !taken.Any(plate.IntersectsWith))
                return plate;
        }

        return SKRectI.Create(left, Math.Clamp(box.Top - height, 0, bitmap.Height - height), width, height);
    }

    private static void DrawPlate(SKCanvas canvas, SKRectI plate, string label, SKColor color, int dot)
    {
        using SKPaint background = new() { Color = color, IsAntialias = false };
        using SKPaint ink = new() { Color = AnnotationColors.TextOn(color), IsAntialias = false };
        canvas.DrawRect(plate, background);
        for (int i = 0; i < label.Length; i++)
        {
            int left = plate.Left + (PlatePadding + i * DotFont.Advance) * dot;
            for (int row = 0; row < DotFont.GlyphHeight; row++)
            {
                for (int column = 0; column < DotFont.GlyphWidth; column++)
                {
                    if (DotFont.HasDot(label[i], column, row))
                        canvas.DrawRect(SKRectI.Create(left + column * dot, plate.Top + (PlatePadding + row) * dot, dot, dot), ink);
                }
            }
        }
    }
}
