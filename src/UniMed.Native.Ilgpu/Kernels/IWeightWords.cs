namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>How numbers lie in the 32-bit words of a weight matrix. Integer arithmetic alone, so that no device needs 16-bit floating point.</summary>
internal interface IWeightWords
{
    /// <summary>Numbers in a word: 1, 2, 4 or 8; the first stands in the lowest bits.</summary>
    int PerWord { get; }

    /// <summary>True when each block of 32 numbers has an F16 scale.</summary>
    bool HasScales { get; }

    /// <summary>A number as fp32, exactly.</summary>
    /// <param name="word">The word.</param>
    /// <param name="index">Which of its numbers.</param>
    /// <param name="scale">Scale of its block; not read where there is none.</param>
    float Decode(uint word, int index, float scale);
}
