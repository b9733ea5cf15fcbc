using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// int8: weights are widened to 16 bits beside activations of 16 bits, and added up in 32 bits a lane.
/// </summary>
internal readonly unsafe struct Int8Blocks<TLanes, TVec> : IBlockFormat<TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    public static int Steps => 16;

    public static int Dwords => 8;

    public static nint RowBytes(int columns) => columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(TVec column, int index, float* to)
    {
        TLanes.Store(TLanes.EvenBytes(column), to + (2 * index * Kernels.PanelRows));
        TLanes.Store(TLanes.OddBytes(column), to + (((2 * index) + 1) * Kernels.PanelRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Start(int* correction) => TLanes.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Add(TVec sum, TVec weights, TVec token) => TLanes.AddInt32(sum, TLanes.MultiplyAddInt16(weights, token));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Total(TVec sum) => sum;
}
