using System.Runtime.CompilerServices;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Four signed bytes a word, times the scale of their block.</summary>
internal readonly struct Int8Words : IWeightWords
{
    public int PerWord => 4;

    public bool HasScales => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Decode(uint word, int index, float scale) => scale * ((int)(word << (24 - (8 * index))) >> 24);
}
