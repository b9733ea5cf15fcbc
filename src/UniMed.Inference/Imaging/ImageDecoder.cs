using UniMed.Inference.Imaging.Bmp;
using UniMed.Inference.Imaging.Gif;
using UniMed.Inference.Imaging.Jpeg;
using UniMed.Inference.Imaging.Png;
using UniMed.Inference.Imaging.Pnm;
using UniMed.Inference.Imaging.Tga;
using UniMed.Inference.Imaging.Tiff;
using UniMed.Inference.Imaging.WebP;

namespace UniMed.Inference.Imaging;

/// <summary>Decodes files to the bytes of Pillow's <c>convert("RGB")</c>, and more than 8 bits through a window.</summary>
internal static class ImageDecoder
{
    /// <summary>What messages call a picture that came without a name.</summary>
    public const string Unnamed = "The picture";

    /// <summary>Decodes one file. Never returns part of a picture.</summary>
    /// <exception cref="ImageException">The bytes are not a picture, are damaged or cut off, or are beyond the limits; or a window is asked
    /// of a colour picture.</exception>
    public static MedicalImage Decode(ReadOnlySpan<byte> encoded, ImageDecodeOptions options, string? source)
    {
        string name = source ?? Unnamed;
        options.Limits.RequireEncodedBytes(encoded.Length, name);
        try
        {
            DecodedPicture picture = ImageSignature.Identify(encoded) switch
            {
                ImageFormat.Png => PngReader.Read(encoded, options.Limits, name),
                ImageFormat.Jpeg => DecodeJpeg(encoded, options.Limits, name),
                ImageFormat.Tiff => TiffReader.Read(encoded, options.Limits, name),
                ImageFormat.Pnm => PnmReader.Read(encoded, options.Limits, name),
                ImageFormat.Bmp => DecodeBmp(encoded, options.Limits, name),
                ImageFormat.Gif => DecodeGif(encoded, options.Limits, name),
                ImageFormat.WebP => DecodeWebP(encoded, options.Limits, name),
                ImageFormat.Tga => DecodeTga(encoded, options.Limits, name),
                _ => throw new ImageException($"{name}: {ImageSignature.DescribeUnknown(encoded, name)}"),
            };
            return PictureRendering.ToImage(picture, options, name, source);
        }
        catch (OutOfMemoryException exception)
        {
            throw new ImageException($"{name}: there is not enough memory to decode it. Free some, or lower {nameof(ImageLimits)}.", exception);
        }
    }

    private static DecodedPicture DecodeJpeg(ReadOnlySpan<byte> encoded, ImageLimits limits, string name)
    {
        byte[] rgb = JpegDecoder.DecodeRgb(encoded, limits, name, out int width, out int height);
        return new(width, height, Channels: 3) { Bytes = rgb };
    }

    private static DecodedPicture DecodeBmp(ReadOnlySpan<byte> encoded, ImageLimits limits, string name)
    {
        BmpHeader header = new(encoded, limits, name);
        DecodedPicture picture = ImageSharpCodec.Decode(encoded, ImageFormat.Bmp, limits, name);
        header.ScaleAsPillow(picture.Bytes);
        return picture;
    }

    private static DecodedPicture DecodeGif(ReadOnlySpan<byte> encoded, ImageLimits limits, string name)
    {
        GifFirstFrame frame = GifFirstFrame.Read(encoded, limits, name);
        DecodedPicture picture = ImageSharpCodec.Decode(frame.ToOpaqueFile(encoded), ImageFormat.Gif, limits, name);
        frame.FillUncovered(picture.Bytes, picture.Width);
        return picture;
    }

    private static DecodedPicture DecodeWebP(ReadOnlySpan<byte> encoded, ImageLimits limits, string name)
    {
        byte[][] stills = WebPChunks.ToStills(encoded, name);
        DecodedPicture picture = ImageSharpCodec.Decode(stills[0], ImageFormat.WebP, limits, name);
        DecodedPicture again = ImageSharpCodec.Decode(stills[1], ImageFormat.WebP, limits, name);
        return picture.Bytes.AsSpan().SequenceEqual(again.Bytes) ? picture : throw WebPChunks.Damaged(name, "pixels are missing at its end");
    }

    private static DecodedPicture DecodeTga(ReadOnlySpan<byte> encoded, ImageLimits limits, string name)
    {
        TgaHeader.Require(encoded, limits, name);
        return ImageSharpCodec.Decode(encoded, ImageFormat.Tga, limits, name);
    }
}
