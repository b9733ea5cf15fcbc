namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Decodes JPEG files to the bytes of Pillow's <c>convert("RGB")</c>.</summary>
internal static class JpegDecoder
{
    /// <summary>Decodes one file. Never returns part of a picture.</summary>
    /// <param name="jpeg">The whole file.</param>
    /// <param name="limits">How large the picture may be.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <returns>Row-major RGB, 3 bytes a pixel.</returns>
    /// <exception cref="ImageException">The file is damaged, cut off, of a kind that is not decoded, or beyond the limits.</exception>
    public static byte[] DecodeRgb(ReadOnlySpan<byte> jpeg, ImageLimits limits, string name, out int width, out int height)
    {
        try
        {
            return new JpegFile(limits, name).Decode(jpeg, out width, out height);
        }
        catch (JpegFaultException fault)
        {
            throw new ImageException($"{name}: {fault.Message}", fault);
        }
    }
}
