namespace UniMed.Inference.Imaging;

/// <summary>The encoded forms that are read, by their first bytes.</summary>
internal enum ImageFormat
{
    Unknown,
    Png,
    Jpeg,
    Gif,
    Bmp,
    WebP,
    Tiff,
    Pnm,
    Tga,
}
