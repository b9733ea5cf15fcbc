using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// The parts of attention. Scores of up to 6 queries and a block of keys are products of the same tile as linear
/// layers; they become weights at once, and the weighted sums of values are rescaled as larger scores come. No more
/// than one block of scores exists.
/// </summary>
/// <remarks>
/// Scores: lanes run along keys; a block's weights are added lane by lane, key l, l + width, ..., then across the
/// lanes, and blocks in order. Weighted sums: lanes run along the channels of a value, and each adds its keys in
/// order.
/// </remarks>
internal static unsafe class Attention<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <inheritdoc cref="Kernels.SoftmaxStep"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftmaxStep(float* scores, int count, ref float largest, ref float sum, float* sums, int columns)
    {
        int padded = Kernels.PadColumns(count);
        for (int i = count; i < padded; i++)
            scores[i] = float.NegativeInfinity;
        TVec top = TLanes.Create(largest);
        for (int i = 0; i < padded; i += TLanes.Width)
            top = TLanes.Max(top, TLanes.Load(scores + i));
        float now = TLanes.Largest(top);
        TVec shift = TLanes.Create(now);
        TVec total = TLanes.Zero;
        for (int i = 0; i < padded; i += TLanes.Width)
        {
            TVec weight = Functions<TLanes, TVec>.Exp(TLanes.Subtract(TLanes.Load(scores + i), shift));
            total = TLanes.Add(total, weight);
            TLanes.Store(weight, scores + i);
        }

        float added = TLanes.SumEach(total, TLanes.Zero, TLanes.Zero, TLanes.Zero)[0];
        if (now == largest)
        {
            sum += added;
            return;
        }

        float* factor = stackalloc float[Kernels.Pad];
        TLanes.Store(Functions<TLanes, TVec>.Exp(TLanes.Create(largest - now)), factor);
        sum = (sum * *factor) + added;
        Functions<TLanes, TVec>.Scale(sums, *factor, sums, columns);
        largest = now;
    }

    /// <inheritdoc cref="Kernels.Accumulate"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(float* weights, nint weightStride, int queries, float* values, nint valueStride, int count, float* sums, nint sumStride, int columns)
    {
        for (int q = 0; q < queries;)
        {
            int taken = TLanes.HasManyRegisters && queries - q >= Kernels.TileTokens ? Kernels.TileTokens : 1;
            float* w = weights + (q * weightStride);
            float* s = sums + (q * sumStride);
            int step = taken == Kernels.TileTokens ? 2 * TLanes.Width : 4 * TLanes.Width;
            int c = 0;
            for (; c <= columns - step; c += step)
            {
                if (taken == Kernels.TileTokens)
                    Accumulate6(w, weightStride, values + c, valueStride, count, s + c, sumStride);
                else
                    Accumulate4(w, values + c, valueStride, count, s + c);
            }

            for (int row = 0; row < taken; row++)
            {
                for (int rest = c; rest < columns; rest += TLanes.Width)
                    Accumulate1(w + (row * weightStride), values + rest, valueStride, count, s + (row * sumStride) + rest);
            }

            q += taken;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate6(float* w0, nint wStride, float* values, nint valueStride, int count, float* sums, nint sumStride)
    {
        float* w1 = w0 + wStride;
        float* w2 = w1 + wStride;
        float* w3 = w2 + wStride;
        float* w4 = w3 + wStride;
        float* w5 = w4 + wStride;
        int next = TLanes.Width;
        TVec a0 = TLanes.Load(sums), b0 = TLanes.Load(sums + next);
        TVec a1 = TLanes.Load(sums + sumStride), b1 = TLanes.Load(sums + sumStride + next);
        TVec a2 = TLanes.Load(sums + (2 * sumStride)), b2 = TLanes.Load(sums + (2 * sumStride) + next);
        TVec a3 = TLanes.Load(sums + (3 * sumStride)), b3 = TLanes.Load(sums + (3 * sumStride) + next);
        TVec a4 = TLanes.Load(sums + (4 * sumStride)), b4 = TLanes.Load(sums + (4 * sumStride) + next);
        TVec a5 = TLanes.Load(sums + (5 * sumStride)), b5 = TLanes.Load(sums + (5 * sumStride) + next);
        for (nint k = 0; k < count; k++)
        {
            TVec u = TLanes.Load(values);
            TVec v = TLanes.Load(values + next);
            values += valueStride;
            TVec w = TLanes.Create(w0[k]);
            a0 = TLanes.MultiplyAdd(w, u, a0);
            b0 = TLanes.MultiplyAdd(w, v, b0);
            w = TLanes.Create(w1[k]);
            a1 = TLanes.MultiplyAdd(w, u, a1);
            b1 = TLanes.MultiplyAdd(w, v, b1);
            w = TLanes.Create(w2[k]);
            a2 = TLanes.MultiplyAdd(w, u, a2);
            b2 = TLanes.MultiplyAdd(w, v, b2);
            w = TLanes.Create(w3[k]);
            a3 = TLanes.MultiplyAdd(w, u, a3);
            b3 = TLanes.MultiplyAdd(w, v, b3);
            w = TLanes.Create(w4[k]);
            a4 = TLanes.MultiplyAdd(w, u, a4);
            b4 = TLanes.MultiplyAdd(w, v, b4);
            w = TLanes.Create(w5[k]);
            a5 = TLanes.MultiplyAdd(w, u, a5);
            b5 = TLanes.MultiplyAdd(w, v, b5);
        }

        TLanes.Store(a0, sums);
        TLanes.Store(b0, sums + next);
        TLanes.Store(a1, sums + sumStride);
        TLanes.Store(b1, sums + sumStride + next);
        TLanes.Store(a2, sums + (2 * sumStride));
        TLanes.Store(b2, sums + (2 * sumStride) + next);
        TLanes.Store(a3, sums + (3 * sumStride));
        TLanes.Store(b3, sums + (3 * sumStride) + next);
        TLanes.Store(a4, sums + (4 * sumStride));
        TLanes.Store(b4, sums + (4 * sumStride) + next);
        TLanes.Store(a5, sums + (5 * sumStride));
        TLanes.Store(b5, sums + (5 * sumStride) + next);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate4(float* weights, float* values, nint valueStride, int count, float* sums)
    {
        int next = TLanes.Width;
        TVec a = TLanes.Load(sums), b = TLanes.Load(sums + next), c = TLanes.Load(sums + (2 * next)), d = TLanes.Load(sums + (3 * next));
        for (nint k = 0; k < count; k++)
        {
            TVec w = TLanes.Create(weights[k]);
            a = TLanes.MultiplyAdd(w, TLanes.Load(values), a);
            b = TLanes.MultiplyAdd(w, TLanes.Load(values + next), b);
            c = TLanes.MultiplyAdd(w, TLanes.Load(values + (2 * next)), c);
            d = TLanes.MultiplyAdd(w, TLanes.Load(values + (3 * next)), d);
            values += valueStride;
        }

        TLanes.Store(a, sums);
        TLanes.Store(b, sums + next);
        TLanes.Store(c, sums + (2 * next));
        TLanes.Store(d, sums + (3 * next));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate1(float* weights, float* values, nint valueStride, int count, float* sums)
    {
        TVec sum = TLanes.Load(sums);
        for (nint k = 0; k < count; k++)
            sum = TLanes.MultiplyAdd(TLanes.Create(weights[k]), TLanes.Load(values + (k * valueStride)), sum);
        TLanes.Store(sum, sums);
    }
}
