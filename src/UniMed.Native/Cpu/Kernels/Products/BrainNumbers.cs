using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>bfloat16.</summary>
internal readonly unsafe struct BrainNumbers<TLanes, TVec> : INumbers<TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Load(byte* row, nint index) => TLanes.LoadBrain((ushort*)row + index);
}
