using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace UniMed.Inference.Imaging;

/// <summary>ImageSharp's decoders of BMP, GIF, TGA and WebP, and its encoder of PNG, behind plain arrays.</summary>
/// <remarks>
/// Files are checked for their pixels before they come here. The configuration is ours, so that a host's own is neither read nor
/// changed; memory comes from the garbage collector, zeroed, and not from a pool that holds what other pictures left in it.
/// </remarks>
internal static class ImageSharpCodec
{
    private static readonly Configuration Ours = new() { MemoryAllocator = new SimpleGcMemoryAllocator(), MaxDegreeOfParallelism = 1 };

    /// <summary>Decodes the first frame to RGB; alpha is dropped.</summary>
    /// <exception cref="ImageException">The file is damaged, of a kind that is not read, or beyond the limits.</exception>
    public static DecodedPicture Decode(ReadOnlySpan<byte> encoded, ImageFormat format, ImageLimits limits, string name)
    {
        try
        {
            return Decode(encoded, Decoder(format), limits, name);
        }
        catch (NotSupportedException exception)
        {
            throw new ImageException($"{name}: the {format} file cannot be decoded: {exception.Message} Convert it to PNG.", exception);
        }
        catch (Exception exception) when (exception is not (ImageException or OutOfMemoryException))
        {
            // Damaged files end in many kinds of exceptions, and the file is what is wrong.
            throw new ImageException($"{name}: the {format} file is damaged: {exception.Message} Fetch the file again.", exception);
        }
    }

    /// <summary>Writes a PNG file.</summary>
    /// <param name="rgb">Row-major interleaved, 3 * width * height bytes.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static byte[] EncodePng(ReadOnlySpan<byte> rgb, int width, int height)
    {
        using Image<Rgb24> image = Image.LoadPixelData<Rgb24>(Ours, rgb, width, height);
        using MemoryStream png = new();
        image.Save(png, new PngEncoder { ColorType = PngColorType.Rgb, BitDepth = PngBitDepth.Bit8 });
        return png.ToArray();
    }

    private static unsafe DecodedPicture Decode(ReadOnlySpan<byte> encoded, IImageDecoder decoder, ImageLimits limits, string name)
    {
        fixed (byte* start = encoded)
        {
            using UnmanagedMemoryStream stream = new(start, encoded.Length);
            IImageInfo header = ((IImageInfoDetector)decoder).Identify(Ours, stream, CancellationToken.None);
            limits.RequireSize(header.Width, header.Height, name);
            stream.Position = 0;

            using Image<Rgb24> image = decoder.Decode<Rgb24>(Ours, stream, CancellationToken.None);
            byte[] rgb = new byte[image.Width * image.Height * 3];
            image.CopyPixelDataTo(rgb);
            return new(image.Width, image.Height, Channels: 3) { Bytes = rgb };
        }
    }

    private static IImageDecoder Decoder(ImageFormat format) => format switch
    {
        ImageFormat.Bmp => new BmpDecoder(),
        ImageFormat.Gif => new GifDecoder { DecodingMode = FrameDecodingMode.First, IgnoreMetadata = true },
        ImageFormat.Tga => new TgaDecoder(),
        ImageFormat.WebP => new WebpDecoder { IgnoreMetadata = true },
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "ImageSharp is not used for it."),
    };
}
