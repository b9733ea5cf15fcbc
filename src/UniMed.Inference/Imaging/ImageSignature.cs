using UniMed.Inference.Imaging.Png;
using UniMed.Inference.Imaging.Pnm;
using UniMed.Inference.Imaging.Tga;

namespace UniMed.Inference.Imaging;

/// <summary>Tells from a file's first bytes what it is; for what is not read, says so in words that help.</summary>
internal static class ImageSignature
{
    /// <summary>The formats that are read, for messages.</summary>
    public const string Readable = "PNG, JPEG, TIFF, BMP, GIF, WebP, PBM, PGM, PPM and TGA are read";

    /// <summary>The format, or <see cref="ImageFormat.Unknown"/>.</summary>
    public static ImageFormat Identify(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(PngChunks.Signature))
            return ImageFormat.Png;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return ImageFormat.Jpeg;
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8))
            return ImageFormat.Gif;
        if (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8))
            return ImageFormat.WebP;
        if (bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8))
            return ImageFormat.Tiff;
        if (PnmReader.Recognizes(bytes))
            return ImageFormat.Pnm;
        if (bytes.StartsWith("BM"u8) && !IsText(bytes))
            return ImageFormat.Bmp;

        // TGA has no signature of its own, so that whatever has one goes first.
        return TgaHeader.Recognizes(bytes) && ForeignKind.Describe(bytes, name: "") is null ? ImageFormat.Tga : ImageFormat.Unknown;
    }

    /// <summary>What bytes of an unknown format seem to be, and what to do about it.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What the file is called: it speaks where the bytes do not.</param>
    public static string DescribeUnknown(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.IsEmpty)
            return "the file is empty (0 bytes). Fetch it again.";
        if (ForeignKind.Describe(bytes, name) is { } kind)
            return kind;
        if (TextKind.Describe(bytes) is { } text)
            return text;
        if (IsText(bytes))
            return $"this is text, not a picture. Check the path; {Readable}.";
        if (!bytes.ContainsAnyExcept((byte)0))
            return $"all of its {bytes.Length} bytes are zero: it was never written, or its copying was interrupted. Fetch the file again.";
        if (PngChunks.Signature.StartsWith(bytes) || (bytes.Length < 4 && ((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]).StartsWith(bytes)))
            return $"only the first {bytes.Length} bytes of the picture are there ({Convert.ToHexString(bytes)}). Fetch the file again.";
        if (ForeignKind.DescribeByName(name) is { } named)
            return named;
        return $"this is no picture that can be read: it begins with the bytes {Convert.ToHexString(bytes[..Math.Min(8, bytes.Length)])}. "
            + $"{Readable}; convert it to one of them.";
    }

    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> start = bytes[..Math.Min(64, bytes.Length)];
        return !start.ContainsAnyExceptInRange((byte)'\t', (byte)'~');
    }
}
