using System.Runtime.CompilerServices;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Four sums in registers. A structure of fields, since an array would lie in a thread's local memory.</summary>
internal struct Row4
{
    public float A;
    public float B;
    public float C;
    public float D;

    /// <summary>Adds a weight times four activations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row4 Add(Row4 sums, float weight, float a, float b, float c, float d)
    {
        sums.A += weight * a;
        sums.B += weight * b;
        sums.C += weight * c;
        sums.D += weight * d;
        return sums;
    }

    /// <summary>Adds four sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row4 Add(Row4 totals, Row4 sums)
    {
        totals.A += sums.A;
        totals.B += sums.B;
        totals.C += sums.C;
        totals.D += sums.D;
        return totals;
    }
}
