namespace UniMed.Inference;

/// <summary>How an encoded picture is read.</summary>
/// <remarks>
/// <see cref="Windowing"/> and <see cref="Monochrome1"/> are for gray pictures: of one channel, or of three that are equal everywhere.
/// A colour picture is refused when either is asked of it.
/// </remarks>
public sealed record ImageDecodeOptions
{
    /// <summary>The options that apply where none are given.</summary>
    public static ImageDecodeOptions Default { get; } = new();

    /// <summary>Largest sizes that are accepted.</summary>
    public ImageLimits Limits { get; init; } = ImageLimits.Default;

    /// <summary>The window of a gray picture, in samples as they are stored (8 bits and less: 0 to 255). Null (the default) takes the range
    /// from the smallest to the largest sample where there are more than 8 bits, and leaves 8 bits as they are.</summary>
    public Windowing? Windowing { get; init; }

    /// <summary>Whether the smallest gray sample is white; false by default. A TIFF that says so itself (WhiteIsZero) needs no telling, and
    /// is not inverted twice.</summary>
    public bool Monochrome1 { get; init; }
}
