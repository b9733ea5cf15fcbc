namespace UniMed.Cli.Rendering;

/// <summary>Pictures with boxes, as the command line writes them.</summary>
internal static class AnnotatedPicture
{
    /// <summary>Slices are enlarged until their longer side has as many pixels: names on them can then be read.</summary>
    public const int MinimumSide = 512;
}
