namespace UniMed.Inference.Imaging;

/// <summary>Draws rectangles and dot letters on 8-bit RGB; what lies outside is cut off.</summary>
internal sealed class PixelCanvas
{
    private const int Channels = 3;

    private readonly byte[] _rgb;

    /// <summary>Draws on a picture's own buffer.</summary>
    /// <param name="rgb">Row-major interleaved, 3 * width * height bytes; is drawn on.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public PixelCanvas(byte[] rgb, int width, int height)
    {
        _rgb = rgb;
        Width = width;
        Height = height;
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>An empty canvas of one colour.</summary>
    public static PixelCanvas Create(int width, int height, PixelColor color)
    {
        PixelCanvas canvas = new(new byte[width * height * Channels], width, height);
        canvas.Fill(new PixelRectangle(0, 0, width, height), color);
        return canvas;
    }

    /// <summary>Covers a rectangle.</summary>
    public void Fill(PixelRectangle box, PixelColor color)
    {
        for (int y = Math.Max(box.Top, 0); y < Math.Min(box.Bottom, Height); y++)
        {
            Span<byte> row = Row(box, y);
            for (int i = 0; i < row.Length; i += Channels)
                (row[i], row[i + 1], row[i + 2]) = (color.Red, color.Green, color.Blue);
        }
    }

    /// <summary>Darkens a rectangle to that part of its brightness, 0 to 255.</summary>
    public void Darken(PixelRectangle box, int part)
    {
        for (int y = Math.Max(box.Top, 0); y < Math.Min(box.Bottom, Height); y++)
        {
            foreach (ref byte level in Row(box, y))
                level = (byte)((level * part + byte.MaxValue / 2) / byte.MaxValue);
        }
    }

    /// <summary>Writes text with letters of dots.</summary>
    /// <param name="text">One line; characters outside printable ASCII show as an empty frame.</param>
    /// <param name="left">Column of the first letter.</param>
    /// <param name="top">Row of the letters' top.</param>
    /// <param name="dot">Pixels of a dot's side.</param>
    /// <param name="color">Colour of the dots.</param>
    public void Write(string text, int left, int top, int dot, PixelColor color)
    {
        for (int i = 0; i < text.Length; i++)
        {
            for (int row = 0; row < DotFont.GlyphHeight; row++)
            {
                for (int column = 0; column < DotFont.GlyphWidth; column++)
                {
                    if (DotFont.HasDot(text[i], column, row))
                        Fill(PixelRectangle.OfSize(left + ((i * DotFont.Advance) + column) * dot, top + row * dot, dot, dot), color);
                }
            }
        }
    }

    /// <summary>The canvas as a PNG file.</summary>
    public byte[] ToPng() => ImageSharpCodec.EncodePng(_rgb, Width, Height);

    private Span<byte> Row(PixelRectangle box, int y)
    {
        int left = Math.Clamp(box.Left, 0, Width);
        int right = Math.Clamp(box.Right, left, Width);
        return _rgb.AsSpan((y * Width + left) * Channels, (right - left) * Channels);
    }
}
