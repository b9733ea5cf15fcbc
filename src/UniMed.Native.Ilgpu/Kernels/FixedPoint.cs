namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// Exponentials as integers. Sums of integers do not depend on their order, and need no double precision: probabilities of a draw are the same on every device and more exact (47 bits
/// and more for usual vocabularies) than fp32 could make them.
/// </summary>
internal static class FixedPoint
{
    /// <summary>Bits behind the point for weights whose sum over so many tokens stays below 2^62.</summary>
    public static int Bits(int tokens)
    {
        int bits = 62;
        for (int most = 1; most < tokens && bits > 31; most *= 2)
            bits--;
        return bits;
    }

    /// <summary>exp(score - largest) * 2^bits, rounded down; 0 beyond a distance of 64 and for what is no number.</summary>
    /// <param name="largest">At least the score.</param>
    /// <param name="score">A score.</param>
    /// <param name="bits">At most 62.</param>
    public static ulong Exp(float largest, float score, int bits)
    {
        float distance = largest - score;
        // What the subtraction rounded away, exactly.
        float part = distance - largest;
        float lost = (largest - (distance - part)) - (score + part);
        if (!(distance < 64f))
            return 0;
        long away = (long)(distance * 1099511627776f) + (long)(lost * 1099511627776f);
        if (away < 0)
            away = 0;
        // 2^-(integer + fraction): 40 bits behind the point become 55, then 64 for the fraction.
        ulong power = MultiplyHigh((ulong)away << 17, 0x5C551D94AE0BF85E);
        int shift = (int)(power >> 55) + 63 - bits;
        return shift > 63 ? 0 : PowerOfHalf(power << 9) >> shift;
    }

    /// <summary>The upper 64 of the 128 bits of a product.</summary>
    public static ulong MultiplyHigh(ulong a, ulong b)
    {
        ulong a0 = a & 0xFFFFFFFF;
        ulong a1 = a >> 32;
        ulong b0 = b & 0xFFFFFFFF;
        ulong b1 = b >> 32;
        ulong low = a0 * b0;
        ulong middle = (a1 * b0) + (low >> 32);
        ulong other = (a0 * b1) + (middle & 0xFFFFFFFF);
        return (a1 * b1) + (middle >> 32) + (other >> 32);
    }

    /// <summary>2^-f * 2^63 for a fraction of 64 bits: the Taylor series of exp(-f ln 2), its coefficients ln(2)^k / k! * 2^63.</summary>
    private static ulong PowerOfHalf(ulong f)
    {
        ulong r = 0x33;
        r = 0x4E4 - MultiplyHigh(f, r);
        r = 0x70DC - MultiplyHigh(f, r);
        r = 0x98A4B - MultiplyHigh(f, r);
        r = 0xC0B0CA - MultiplyHigh(f, r);
        r = 0xE1DEB28 - MultiplyHigh(f, r);
        r = 0xF465639B - MultiplyHigh(f, r);
        r = 0xF267A8AC6 - MultiplyHigh(f, r);
        r = 0xDA929E9CAF - MultiplyHigh(f, r);
        r = 0xB160111D2E4 - MultiplyHigh(f, r);
        r = 0x7FF2FF1622C3 - MultiplyHigh(f, r);
        r = 0x50C244BE1B1E2 - MultiplyHigh(f, r);
        r = 0x2BB0FFCF14CE62 - MultiplyHigh(f, r);
        r = 0x13B2AB6FBA4E773 - MultiplyHigh(f, r);
        r = 0x71AC235C1282FE3 - MultiplyHigh(f, r);
        r = 0x1EBFBDFF82C58EA8 - MultiplyHigh(f, r);
        r = 0x58B90BFBE8E7BCD6 - MultiplyHigh(f, r);
        return 0x8000000000000000 - MultiplyHigh(f, r);
    }
}
