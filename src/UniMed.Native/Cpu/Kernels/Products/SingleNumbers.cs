using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>fp32.</summary>
internal readonly unsafe struct SingleNumbers<TLanes, TVec> : INumbers<TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Load(byte* row, nint index) => TLanes.Load((float*)row + index);
}
