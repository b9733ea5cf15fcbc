namespace UniMed.Inference;

/// <summary>How large an encoded picture may be. Checked against its header, before memory for pixels is taken.</summary>
/// <remarks>Decoding keeps 3 bytes a pixel, and takes up to 20 for a moment (16-bit RGB with alpha in one strip of a TIFF; 8-bit PNG and
/// JPEG of one scan take 7 or less, JPEG of several scans up to 11), besides twice the encoded file.</remarks>
public sealed record ImageLimits
{
    /// <summary>The limits that apply where none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Largest width and largest height in pixels; 16384 by default.</summary>
    public int MaxDimension { get; init; } = 16384;

    /// <summary>Largest width * height; 100 million by default; 536 million is the most that can be decoded.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Largest size of the encoded file in bytes; 256 MiB by default.</summary>
    public long MaxEncodedBytes { get; init; } = 256L << 20;

    /// <summary>What <see cref="MaxEncodedBytes"/> comes to: an array holds no more.</summary>
    internal long LargestEncodedBytes => Math.Min(MaxEncodedBytes, Array.MaxLength - 1);

    internal void RequireEncodedBytes(long bytes, string name)
    {
        if (bytes > LargestEncodedBytes)
            throw TooManyEncodedBytes($"{bytes} bytes, more", name);
    }

    internal ImageException TooManyEncodedBytes(string found, string name) => new(
        $"{name}: the file has {found} than the limit of {MaxEncodedBytes} bytes. "
        + $"Raise {nameof(ImageLimits)}.{nameof(MaxEncodedBytes)} if it is to be trusted.");

    internal void RequireSize(int width, int height, string name)
    {
        if (width <= 0 || height <= 0)
            throw new ImageException($"{name}: the header says {width} x {height} pixels, which is no picture. The file is damaged.");
        if (width > MaxDimension || height > MaxDimension)
        {
            throw new ImageException(
                $"{name}: the header says {width} x {height} pixels, more than the limit of {MaxDimension} on a side. "
                + $"Scale the picture down, or raise {nameof(ImageLimits)}.{nameof(MaxDimension)} if it is to be trusted.");
        }

        long pixels = (long)width * height;
        if (pixels > Math.Min(MaxPixels, Array.MaxLength / 4))
        {
            throw new ImageException(
                $"{name}: the header says {width} x {height} = {pixels} pixels, more than the limit of {MaxPixels}. "
                + $"Scale the picture down, or raise {nameof(ImageLimits)}.{nameof(MaxPixels)} (at most {Array.MaxLength / 4}) "
                + "if it is to be trusted.");
        }
    }
}
