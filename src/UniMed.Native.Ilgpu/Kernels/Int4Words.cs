using System.Runtime.CompilerServices;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Eight half bytes a word, less 8, times the scale of their block.</summary>
internal readonly struct Int4Words : IWeightWords
{
    public int PerWord => 8;

    public bool HasScales => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Decode(uint word, int index, float scale) => scale * ((int)((word >> (4 * index)) & 15) - 8);
}
