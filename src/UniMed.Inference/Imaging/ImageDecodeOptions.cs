namespace UniMed.Inference.Imaging;

/// <summary>How an encoded picture is read.</summary>
/// <remarks>
/// <see cref="Windowing"/> and <see cref="Monochrome1"/> apply to 16-bit grayscale PNG only, the one encoded form that carries
/// more than 8 bits of gray; every other file is a finished picture and is taken as it is.
/// </remarks>
public sealed record ImageDecodeOptions
{
    /// <summary>The options that apply where none are given.</summary>
    public static ImageDecodeOptions Default { get; } = new();

    /// <summary>Largest sizes that are accepted.</summary>
    public ImageLimits Limits { get; init; } = ImageLimits.Default;

    /// <summary>The window of a 16-bit grayscale PNG; null (the default) takes the range from its smallest to its largest sample.</summary>
    public Windowing? Windowing { get; init; }

    /// <summary>Whether the smallest sample of a 16-bit grayscale PNG is white; false by default.</summary>
    public bool Monochrome1 { get; init; }
}
