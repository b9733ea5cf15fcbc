using System.Runtime.CompilerServices;
using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Two bfloat16 numbers a word.</summary>
internal readonly struct BF16Words : IWeightWords
{
    public int PerWord => 2;

    public bool HasScales => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Decode(uint word, int index, float scale) => Interop.IntAsFloat((word >> (16 * index)) << 16);
}
