namespace UniMed.Native;

/// <summary>Philox 4x32-10: a counter-based generator, so that any draw can be computed alone, on any device, in any order.</summary>
/// <remarks>Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Thread-safe.</remarks>
public static class Philox
{
    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    /// <param name="key">The seed.</param>
    /// <param name="counter">Which number of the sequence.</param>
    public static double Uniform(ulong key, ulong counter) => Bits(key, counter) * (1.0 / (1UL << 53));

    /// <summary>The 53 bits of <see cref="Uniform"/>.</summary>
    internal static ulong Bits(ulong key, ulong counter)
    {
        (uint a, uint b, _, _) = Block(((uint)counter, (uint)(counter >> 32), 0, 0), ((uint)key, (uint)(key >> 32)));
        return ((ulong)a << 21) ^ (b >> 11);
    }

    /// <summary>Ten rounds over one counter.</summary>
    internal static (uint A, uint B, uint C, uint D) Block((uint A, uint B, uint C, uint D) counter, (uint A, uint B) key)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong first = 0xD2511F53UL * counter.A;
            ulong second = 0xCD9E8D57UL * counter.C;
            counter = ((uint)(second >> 32) ^ counter.B ^ key.A, (uint)second, (uint)(first >> 32) ^ counter.D ^ key.B, (uint)first);
            key = (key.A + 0x9E3779B9, key.B + 0xBB67AE85);
        }

        return counter;
    }
}
