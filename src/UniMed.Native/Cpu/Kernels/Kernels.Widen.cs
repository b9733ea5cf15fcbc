using System.Runtime.CompilerServices;

namespace UniMed.Native.Cpu;

/// <summary>Stored numbers as fp32, exactly (fp64 is rounded). Nothing outside the row is read.</summary>
internal sealed unsafe partial class Kernels<TLanes, TVec>
{
    /// <summary>Writes zeros behind the numbers up to a whole vector of the widest kind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Widen(in CpuMatrix matrix, int row, int column, int count, float* output)
    {
        byte* values = matrix.Values + (row * matrix.RowBytes);
        for (int i = count; i < PadColumns(count); i++)
            output[i] = 0;
        switch (matrix.Stored)
        {
            case StoredAs.Single:
                new Span<float>((float*)values + column, count).CopyTo(new Span<float>(output, count));
                break;
            case StoredAs.Half:
                Widen<HalfNumbers>(values + ((nint)column * sizeof(ushort)), count, output);
                break;
            case StoredAs.Brain:
                Widen<BrainNumbers>(values + ((nint)column * sizeof(ushort)), count, output);
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
        where TNumbers : struct, INumbers
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TNumbers.Load(values, i), output + i);
        if (i == count)
            return;
        ushort* last = stackalloc ushort[Pad];
        float* wide = stackalloc float[Pad];
        for (int k = i; k < count; k++)
            last[k - i] = ((ushort*)values)[k];
        TLanes.Store(TNumbers.Load((byte*)last, 0), wide);
        for (int k = i; k < count; k++)
            output[k] = wide[k - i];
    }
}
