namespace UniMed.Native;

/// <summary>
/// The weights of a draw: exponentials as integers. Sums of integers do not depend on their order, and need no double precision, so a draw is the same on every device, processor and
/// operating system. native/cuda/sampling/fixed_point.h has the same numbers.
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

    /// <summary>
    /// exp(score - largest) * 2^bits to 40 bits, rounded down; 0 beyond a distance of 64 and for what is no number. Of two scores the larger never has the smaller weight.
    /// </summary>
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
        // 40 bits behind the point, in pieces of 32 bits: conversions of 64 bits are slow on cards.
        float scaled = distance * 256f;
        int upper = (int)scaled;
        uint lower = (uint)((scaled - upper) * 4294967296f);
        ulong away = (((ulong)(uint)upper << 32) | lower) + (ulong)(int)(lost * 1099511627776f);
        // 2^-(integer + fraction): 40 bits behind the point become 55, then 64 for the fraction.
        ulong power = AboutMultiplyHigh(away << 17, 0x5C551D94AE0BF85E);
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

    /// <summary>The same to two units, from three products of 32 bits instead of four.</summary>
    private static ulong AboutMultiplyHigh(ulong a, ulong b) => ((a >> 32) * (b >> 32)) + (((a >> 32) * (b & 0xFFFFFFFF)) >> 32) + (((a & 0xFFFFFFFF) * (b >> 32)) >> 32);

    /// <summary>
    /// 2^-f * 2^63 for a fraction of 64 bits, to 41 bits: the Taylor series of exp(-f ln 2). Coefficients are ln(2)^k / k!, those of the last eight terms times 2^44 in 32 bits, the others
    /// times 2^63: a term counts for less, the later it comes.
    /// </summary>
    private static ulong PowerOfHalf(ulong f)
    {
        ulong upper = f >> 32;
        ulong s = 0x18;
        s = 0x1C4 - ((upper * s) >> 32);
        s = 0x1E8D - ((upper * s) >> 32);
        s = 0x1E4CF - ((upper * s) >> 32);
        s = 0x1B5254 - ((upper * s) >> 32);
        s = 0x162C022 - ((upper * s) >> 32);
        s = 0xFFE5FE3 - ((upper * s) >> 32);
        s = 0xA184897C - ((upper * s) >> 32);
        ulong r = 0x2BB0FFCF14CE62 - ((upper * s) >> 13);
        r = 0x13B2AB6FBA4E773 - ((upper * (r >> 32)) + ((upper * (r & 0xFFFFFFFF)) >> 32));
        r = 0x71AC235C1282FE3 - AboutMultiplyHigh(f, r);
        r = 0x1EBFBDFF82C58EA8 - AboutMultiplyHigh(f, r);
        r = 0x58B90BFBE8E7BCD6 - AboutMultiplyHigh(f, r);
        return 0x8000000000000000 - AboutMultiplyHigh(f, r);
    }
}
