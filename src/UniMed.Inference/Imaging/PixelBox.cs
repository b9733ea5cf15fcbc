namespace UniMed.Inference.Imaging;

/// <summary>A rectangle of whole pixels, right and bottom edge excluded.</summary>
internal readonly record struct PixelBox(int Left, int Top, int Right, int Bottom)
{
    public int Width => Right - Left;

    public int Height => Bottom - Top;

    public static PixelBox OfSize(int left, int top, int width, int height) => new(left, top, left + width, top + height);

    public PixelBox Grow(int by) => new(Left - by, Top - by, Right + by, Bottom + by);

    public bool Overlaps(PixelBox other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
}
