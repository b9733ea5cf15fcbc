using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Scores as unsigned integers of the same order, so that a threshold is found bit by bit. Both zeros are one key.</summary>
internal static class ScoreKey
{
    /// <summary>Where NaN stands for sorting: below all numbers.</summary>
    public const uint Lowest = 0;

    /// <summary>Where NaN stands for argmax: above all numbers.</summary>
    public const uint Highest = 0xFFFFFFFF;

    private const uint MinusZero = 0x80000000;
    private const uint PlusInfinity = 0xFF800000;
    private const uint MinusInfinity = 0x007FFFFF;

    /// <summary>The key of a score.</summary>
    /// <param name="score">The score.</param>
    /// <param name="none">The key of NaN.</param>
    public static uint Of(float score, uint none)
    {
        if (float.IsNaN(score))
            return none;
        uint bits = Interop.FloatAsInt(score);
        if (bits == MinusZero)
            bits = 0;
        return (bits & MinusZero) != 0 ? ~bits : bits | MinusZero;
    }

    /// <summary>The score of a key.</summary>
    public static float Score(uint key) => key == Highest ? float.NaN : Interop.IntAsFloat((key & MinusZero) != 0 ? key & ~MinusZero : ~key);

    /// <summary>True for keys of finite numbers.</summary>
    public static bool IsFinite(uint key) => key > MinusInfinity && key < PlusInfinity;
}
