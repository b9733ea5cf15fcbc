using System.Runtime.CompilerServices;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Two binary16 numbers a word.</summary>
internal readonly struct F16Words : IWeightWords
{
    public int PerWord => 2;

    public bool HasScales => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Decode(uint word, int index, float scale) => Arithmetic.HalfToSingle((word >> (16 * index)) & 0xFFFF);
}
