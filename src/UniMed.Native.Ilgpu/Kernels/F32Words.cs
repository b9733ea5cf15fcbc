using System.Runtime.CompilerServices;
using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>One fp32 number a word.</summary>
internal readonly struct F32Words : IWeightWords
{
    public int PerWord => 1;

    public bool HasScales => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Decode(uint word, int index, float scale) => Interop.IntAsFloat(word);
}
