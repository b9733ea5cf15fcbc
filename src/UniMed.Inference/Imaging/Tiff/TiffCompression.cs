namespace UniMed.Inference.Imaging.Tiff;

/// <summary>The compressions of TIFF that are read, by their numbers; names of those that are not.</summary>
internal static class TiffCompression
{
    public const uint None = 1;
    public const uint Lzw = 5;
    public const uint AdobeDeflate = 8;
    public const uint PackBits = 32773;
    public const uint Deflate = 32946;

    /// <summary>Whether a predictor can precede the compression.</summary>
    public static bool HasPredictor(uint compression) => compression is Lzw or AdobeDeflate or Deflate;

    /// <summary>Whether blocks of it are read.</summary>
    public static bool IsRead(uint compression) => compression is None or Lzw or AdobeDeflate or PackBits or Deflate;

    /// <summary>What a compression is called.</summary>
    public static string Name(uint compression) => compression switch
    {
        2 or 3 or 4 => "CCITT fax compression",
        6 or 7 => "JPEG compression",
        33003 or 33005 or 34712 => "JPEG 2000 compression",
        34925 => "LZMA compression",
        50000 => "Zstandard compression",
        50001 or 34927 => "WebP compression",
        50002 => "JPEG XL compression",
        _ => $"compression {compression}",
    };
}
