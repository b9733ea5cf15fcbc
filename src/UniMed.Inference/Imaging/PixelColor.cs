namespace UniMed.Inference.Imaging;

/// <summary>An opaque colour.</summary>
internal readonly record struct PixelColor(byte Red, byte Green, byte Blue)
{
    public static PixelColor Black { get; } = new(0, 0, 0);

    public static PixelColor White { get; } = new(255, 255, 255);

    /// <summary>A colour of a hue in degrees from 0 to 360, and a saturation and a value from 0 to 1.</summary>
    public static PixelColor FromHsv(double hue, double saturation, double value)
    {
        return new(Channel(5), Channel(3), Channel(1));

        byte Channel(int offset)
        {
            double sector = (offset + hue / 60) % 6;
            double part = Math.Clamp(Math.Min(sector, 4 - sector), 0, 1);
            return (byte)Math.Round(byte.MaxValue * value * (1 - saturation * part));
        }
    }
}
