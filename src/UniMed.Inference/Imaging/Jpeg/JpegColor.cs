namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>What the components of a frame mean.</summary>
internal enum JpegColor
{
    /// <summary>One component: brightness.</summary>
    Gray,

    /// <summary>Brightness and two colour differences (ITU-R BT.601, full range).</summary>
    YCbCr,

    /// <summary>Red, green, blue as they are.</summary>
    Rgb,

    /// <summary>Inks, inverted as Adobe writes them.</summary>
    Cmyk,

    /// <summary>Inks whose first three are coded as YCbCr.</summary>
    Ycck,
}
