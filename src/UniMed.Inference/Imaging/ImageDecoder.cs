using SkiaSharp;

namespace UniMed.Inference.Imaging;

/// <summary>Decodes files to the bytes of Pillow's <c>convert("RGB")</c> with Skia's codecs.</summary>
/// <remarks>
/// Without a destination colour space Skia applies no profile and no gamma, and unpremultiplied output keeps the colours of
/// transparent pixels; JPEG (libjpeg-turbo in both) and WebP (libwebp in both) then come out equal to the byte, CMYK included.
/// Known differences from Pillow: 16-bit BMP, whose 5-bit channels Skia rounds and Pillow truncates (by at most 1), and palette
/// PNG with indices beyond the palette, which the PNG specification forbids.
/// </remarks>
internal static class ImageDecoder
{
    /// <summary>What messages call a picture that came without a name.</summary>
    public const string Unnamed = "The picture";

    /// <summary>Decodes one file. Never returns part of a picture.</summary>
    /// <exception cref="ImageException">The bytes are not a picture, are damaged or cut off, or are beyond the limits.</exception>
    public static MedicalImage Decode(ReadOnlySpan<byte> encoded, ImageDecodeOptions options, string? source)
    {
        string name = source ?? Unnamed;
        options.Limits.RequireEncodedBytes(encoded.Length, name);
        ImageFormat format = ImageSignature.Identify(encoded);
        try
        {
            return format switch
            {
                ImageFormat.Unknown => throw new ImageException($"{name}: {ImageSignature.DescribeUnknown(encoded)}"),
                ImageFormat.Png when Gray16Png.Recognizes(encoded) => DecodeGray16(encoded, options, name, source),
                ImageFormat.Jpeg when !JpegScans.AreComplete(encoded) =>
                    throw new ImageException($"{name}: {Describe(SKCodecResult.IncompleteInput, format)}"),
                ImageFormat.Gif => DecodeGif(encoded, options, name, source),
                _ => new(DecodeWithSkia(encoded, format, options, name, out int width, out int height), width, height, source),
            };
        }
        catch (OutOfMemoryException exception)
        {
            throw new ImageException($"{name}: there is not enough memory to decode it. Free some, or lower {nameof(ImageLimits)}.", exception);
        }
    }

    private static MedicalImage DecodeGray16(ReadOnlySpan<byte> encoded, ImageDecodeOptions options, string name, string? source)
    {
        ushort[] samples = Gray16Png.Read(encoded, options.Limits, name, out int width, out int height);
        return new(GrayRendering.FromGray16<ushort>(samples, options.Windowing, options.Monochrome1), width, height, source);
    }

    private static MedicalImage DecodeGif(ReadOnlySpan<byte> encoded, ImageDecodeOptions options, string name, string? source)
    {
        GifFirstFrame frame = GifFirstFrame.Read(encoded, name);
        byte[] opaque = encoded.ToArray();
        if (frame.TransparencyFlag >= 0)
            opaque[frame.TransparencyFlag] &= 0xFE;
        byte[] rgb = DecodeWithSkia(opaque, ImageFormat.Gif, options, name, out int width, out int height);
        frame.FillUncovered(rgb, width);
        return new(rgb, width, height, source);
    }

    private static unsafe byte[] DecodeWithSkia(
        ReadOnlySpan<byte> encoded, ImageFormat format, ImageDecodeOptions options, string name, out int width, out int height)
    {
        fixed (byte* start = encoded)
        {
            using SKData data = SKData.Create((nint)start, encoded.Length);
            using SKCodec codec = SKCodec.Create(data)
                ?? throw new ImageException($"{name}: the {format} file's header is damaged or cut off. Fetch the file again.");
            width = codec.Info.Width;
            height = codec.Info.Height;
            options.Limits.RequireSize(width, height, name);

            byte[] rgba = new byte[width * height * 4];
            SKCodecResult result;
            fixed (byte* pixels = rgba)
            {
                SKImageInfo target = new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
                result = codec.GetPixels(target, (nint)pixels);
            }

            if (result != SKCodecResult.Success)
                throw new ImageException($"{name}: {Describe(result, format)}");
            return DropAlpha(rgba);
        }
    }

    private static byte[] DropAlpha(ReadOnlySpan<byte> rgba)
    {
        byte[] rgb = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
            rgba.Slice(from, 3).CopyTo(rgb.AsSpan(to));
        return rgb;
    }

    private static string Describe(SKCodecResult result, ImageFormat format) => result switch
    {
        SKCodecResult.IncompleteInput => $"the {format} file is cut off: part of the picture is missing. Fetch the file again.",
        SKCodecResult.ErrorInInput => $"the {format} file is damaged. Fetch the file again.",
        _ => $"the {format} file cannot be decoded ({result}). Convert it to PNG.",
    };
}
