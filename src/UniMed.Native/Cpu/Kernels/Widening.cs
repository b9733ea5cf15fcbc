using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>Stored numbers as fp32, exactly (fp64 is rounded). Nothing outside the row is read.</summary>
/// <remarks>Lanes run along the row: a vector is that many neighbours. Nothing is summed.</remarks>
internal static unsafe class Widening<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <summary>Writes zeros behind the numbers up to a whole vector of the widest kind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(in CpuMatrix matrix, int row, int column, int count, float* output)
    {
        byte* values = matrix.Values + (row * matrix.RowBytes);
        for (int i = count; i < Kernels.PadColumns(count); i++)
            output[i] = 0;
        switch (matrix.Stored)
        {
            case StoredAs.Single:
                new Span<float>((float*)values + column, count).CopyTo(new Span<float>(output, count));
                break;
            case StoredAs.Half:
                Widen<HalfNumbers<TLanes, TVec>>(values + ((nint)column * sizeof(ushort)), count, output);
                break;
            case StoredAs.Brain:
                Widen<BrainNumbers<TLanes, TVec>>(values + ((nint)column * sizeof(ushort)), count, output);
                break;
            case StoredAs.Double:
                for (int i = 0; i < count; i++)
                    output[i] = (float)((double*)values)[column + i];
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{matrix.Stored} is not widened.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<TNumbers>(byte* values, int count, float* output)
        where TNumbers : struct, INumbers<TVec>
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TNumbers.Load(values, i), output + i);
        if (i == count)
            return;
        ushort* last = stackalloc ushort[Kernels.Pad];
        float* wide = stackalloc float[Kernels.Pad];
        for (int k = i; k < count; k++)
            last[k - i] = ((ushort*)values)[k];
        TLanes.Store(TNumbers.Load((byte*)last, 0), wide);
        for (int k = i; k < count; k++)
            output[k] = wide[k - i];
    }

    /// <summary>
    /// Widens the scales of consecutive blocks. Whole vectors are read inside them only: the last one overlaps the
    /// one before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WidenScales(ushort* scales, int count, float* output)
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.LoadHalf(scales + i), output + i);
        if (i == count)
            return;
        if (count >= TLanes.Width)
        {
            TLanes.Store(TLanes.LoadHalf(scales + count - TLanes.Width), output + count - TLanes.Width);
            return;
        }

        ushort* last = stackalloc ushort[Kernels.Pad];
        float* wide = stackalloc float[Kernels.Pad];
        for (; i < count; i++)
            last[i] = scales[i];
        for (int k = 0; k < Kernels.Pad; k += TLanes.Width)
            TLanes.Store(TLanes.LoadHalf(last + k), wide + k);
        for (i = 0; i < count; i++)
            output[i] = wide[i];
    }
}
