namespace UniMed.Inference.Imaging;

/// <summary>Checks of sizes and lengths of raw pixel buffers that a caller hands in.</summary>
internal static class PixelBuffer
{
    /// <summary>Requires positive sizes whose <paramref name="channels"/> * width * height samples fit into an array.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not.</exception>
    public static void RequireSize(int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if ((long)width * height > Array.MaxLength / channels)
        {
            throw new ArgumentOutOfRangeException(
                nameof(height), height, $"A picture of {width} x {height} with {channels} bytes a pixel is larger than an array can be.");
        }
    }

    /// <summary>Requires that a buffer holds exactly <paramref name="samplesPerPixel"/> * width * height samples.</summary>
    /// <exception cref="ArgumentException">It does not; the message names both numbers.</exception>
    public static void RequireLength(int length, int width, int height, int samplesPerPixel, string parameter)
    {
        // A picture always becomes RGB, so its size is held to three channels whatever comes in.
        RequireSize(width, height, channels: 3);
        long expected = (long)width * height * samplesPerPixel;
        if (length != expected)
        {
            throw new ArgumentException(
                $"A picture of {width} x {height} with {samplesPerPixel} sample(s) a pixel has {expected} samples, "
                + $"but the buffer holds {length}.",
                parameter);
        }
    }
}
