using System.Numerics;

namespace UniMed.Native.Gpu;

/// <summary>Sizes in which what a step launches grows.</summary>
internal static class PowerOfTwo
{
    /// <summary>The smallest power of two that is at least so much, for 1 to 2^30.</summary>
    public static int AtLeast(int value) => checked((int)BitOperations.RoundUpToPowerOf2((uint)value));
}
