using System.Numerics;

namespace UniMed.Native.Gpu;

/// <summary>Sizes in which the pool keeps memory: close enough that little is wasted, few enough that blocks are found again.</summary>
internal static class SizeClass
{
    /// <summary>Smallest size, and what every size is a multiple of.</summary>
    public const long MinBytes = 256;

    /// <summary>From sixteen of these on, sizes are multiples of it: what a card's driver hands out memory in.</summary>
    public const long Page = 2 << 20;

    /// <summary>The smallest size that holds so many bytes: at most one eighth more than asked for, or 255 bytes, and less than <see cref="Page"/> for large ones.</summary>
    /// <param name="bytes">1 to 2^62.</param>
    public static long Of(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 1L << 62);
        if (bytes >= 16 * Page)
            return RoundUp(bytes, Page);
        // Eight sizes in each octave.
        long step = Math.Max(MinBytes, (1L << BitOperations.Log2((ulong)bytes)) / 8);
        return RoundUp(bytes, step);
    }

    private static long RoundUp(long bytes, long step) => (bytes + step - 1) / step * step;
}
