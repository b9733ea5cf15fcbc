using UniMed.Native;

namespace UniMed.Tests;

/// <summary>llama.cpp's published rules for blocks of 32, in plain words: what the project's own blocks are measured against.</summary>
internal static class PublishedRules
{
    /// <summary>q8_0: d = largest magnitude / 127, values rounded with the unrounded d, d stored as F16.</summary>
    public static float[] Q8(ReadOnlySpan<float> block)
    {
        float largest = 0;
        foreach (float x in block)
            largest = Math.Max(largest, Math.Abs(x));
        float d = largest / 127;
        float inverse = d == 0 ? 0 : 1 / d;
        var stored = (float)(Half)d;
        return [.. block.ToArray().Select(x => stored * MathF.Round(x * inverse, MidpointRounding.AwayFromZero))];
    }

    /// <summary>q4_0: d = number of largest magnitude / -8, values min(15, trunc(x / d + 8.5)) with the unrounded d, d stored as F16.</summary>
    public static float[] Q4(ReadOnlySpan<float> block)
    {
        float largest = 0;
        foreach (float x in block)
        {
            if (Math.Abs(x) > Math.Abs(largest))
                largest = x;
        }

        float d = largest / -8;
        float inverse = d == 0 ? 0 : 1 / d;
        var stored = (float)(Half)d;
        return [.. block.ToArray().Select(x => stored * (Math.Min(15, (int)((x * inverse) + 8.5f)) - 8))];
    }

    /// <summary>The rule of a format's size.</summary>
    public static float[] Apply(WeightFormat format, ReadOnlySpan<float> block) => format == WeightFormat.Int8Block32 ? Q8(block) : Q4(block);
}
