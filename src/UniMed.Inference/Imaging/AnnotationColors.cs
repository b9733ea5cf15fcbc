namespace UniMed.Inference.Imaging;

/// <summary>A colour for each annotation of a picture, apart from each other and from gray.</summary>
internal static class AnnotationColors
{
    /// <summary>Chosen to differ in brightness too, for viewers with colour vision deficiencies.</summary>
    private static readonly PixelColor[] First =
    [
        new(0xFF, 0xD1, 0x00), new(0x2D, 0xA8, 0xFF), new(0xFF, 0x5A, 0x36), new(0x2E, 0xD5, 0x73),
        new(0xFF, 0x7A, 0xE0), new(0x9B, 0x6B, 0xFF), new(0x00, 0xE0, 0xD8), new(0xFF, 0x9F, 0x1C),
    ];

    /// <summary>The colour of the annotation with the given index.</summary>
    public static PixelColor Of(int index)
    {
        // Past the hand-picked ones, steps of the golden angle keep neighbours apart however many there are.
        const double GoldenAngle = 137.508;
        return index < First.Length ? First[index] : PixelColor.FromHsv(index * GoldenAngle % 360, 0.7, 1);
    }

    /// <summary>Black or white, whichever is easier to read on a plate of the given colour.</summary>
    public static PixelColor TextOn(PixelColor plate)
    {
        const double MiddleLuma = 128;
        double luma = 0.299 * plate.Red + 0.587 * plate.Green + 0.114 * plate.Blue;
        return luma > MiddleLuma ? PixelColor.Black : PixelColor.White;
    }
}
