using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// int4: weights are taken as 0..15, one byte each, beside activations of 8 bits. The eight steps of a block fit into
/// two 16-bit sums a lane, which start at the token's correction for the offset of 8.
/// </summary>
internal readonly unsafe struct Int4Blocks<TLanes, TVec> : IBlockFormat<TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    public static int Steps => 8;

    public static int Dwords => 4;

    public static nint RowBytes(int columns) => (nint)BlockQuantization.Blocks(columns) * BlockQuantization.Int4BlockBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(TVec column, int index, float* to)
    {
        // Byte j of a block holds numbers j and j + 16.
        float* step = to + (((index / Dwords * Steps) + (index % Dwords)) * Kernels.PanelRows);
        TLanes.Store(TLanes.LowHalfBytes(column), step);
        TLanes.Store(TLanes.HighHalfBytes(column), step + (Dwords * Kernels.PanelRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Start(int* correction) => TLanes.Broadcast(correction);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Add(TVec sum, TVec weights, TVec token) => TLanes.AddInt16(sum, TLanes.MultiplyAddBytes(weights, token));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Total(TVec sum) => TLanes.AddPairsInt16(sum);
}
