namespace UniMed.Inference.Imaging;

/// <summary>A rectangle of whole pixels, right and bottom edge excluded.</summary>
internal readonly record struct PixelRectangle(int Left, int Top, int Right, int Bottom)
{
    public int Width => Right - Left;

    public int Height => Bottom - Top;

    public static PixelRectangle OfSize(int left, int top, int width, int height) => new(left, top, left + width, top + height);

    public PixelRectangle Grow(int by) => new(Left - by, Top - by, Right + by, Bottom + by);

    public bool Overlaps(PixelRectangle other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
}
