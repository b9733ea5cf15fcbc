using System.Text;

namespace UniMed.Inference.Imaging;

/// <summary>Tells from a file's first bytes what it is; for what is not read, says so in words that help.</summary>
internal static class ImageSignature
{
    private const int DicomPreamble = 128;

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
        return bytes.StartsWith("BM"u8) ? ImageFormat.Bmp : ImageFormat.Unknown;
    }

    /// <summary>What bytes of an unknown format seem to be, and what to do about it.</summary>
    public static string DescribeUnknown(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return "the file is empty (0 bytes).";
        if (bytes.Length >= DicomPreamble + 4 && bytes[DicomPreamble..].StartsWith("DICM"u8))
        {
            return "this is a DICOM file, which is not decoded here. Decode it in the host and pass the samples to "
                + $"{nameof(MedicalImage)}.{nameof(MedicalImage.FromGray16)} with the window center and width.";
        }

        if (bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8))
            return "this is a TIFF file, which is not read. Convert it to PNG, which loses nothing.";
        if (bytes.StartsWith("version https://git-lfs"u8))
            return "this is a Git LFS pointer, not the picture itself. Run `git lfs pull` to fetch it.";

        ReadOnlySpan<byte> text = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        text = text.TrimStart(" \t\r\n"u8);
        if (text.StartsWith("<"u8))
            return "this is a web page or other markup, not a picture. A download probably gave an error page; fetch the picture again.";
        if (IsText(bytes))
            return "this is text, not a picture.";
        return $"this is no picture that can be read: it begins with the bytes {Convert.ToHexString(bytes[..Math.Min(8, bytes.Length)])}. "
            + "PNG, JPEG, BMP, GIF and WebP are read.";
    }

    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> start = bytes[..Math.Min(64, bytes.Length)];
        return !start.ContainsAnyExceptInRange((byte)'\t', (byte)'~');
    }
}
