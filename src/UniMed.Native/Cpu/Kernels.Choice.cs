using System.Runtime.Intrinsics;

namespace UniMed.Native.Cpu;

/// <summary>What choosing a token needs of its logits. Bytes: the logits, from the second-level cache after the first time.</summary>
internal sealed unsafe partial class Kernels<TLanes, TVec>
{
    public override int ArgMax(float* scores, int count)
    {
        // The largest number first, then where it stands: both without a branch for each lane. NaN, which counts as largest, is unequal to itself.
        TVec top = TLanes.Create(float.NegativeInfinity);
        TVec sane = TLanes.Zero;
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            TVec value = TLanes.Load(scores + i);
            top = TLanes.Max(top, value);
            sane = TLanes.KeepNaN(value, sane);
        }

        float largest = TLanes.Largest(top);
        bool isSane = !float.IsNaN(TLanes.SumEach(sane, TLanes.Zero, TLanes.Zero, TLanes.Zero)[0]);
        for (; i < count; i++)
        {
            isSane &= !float.IsNaN(scores[i]);
            largest = MathF.Max(largest, scores[i]);
        }

        var all = new ReadOnlySpan<float>(scores, count);
        return isSane ? all.IndexOf(largest) : LogitsProcessors.ArgMax(all);
    }

    public override float LogProbability(float* scores, int count, int token)
    {
        TVec top = TLanes.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            top = TLanes.Max(top, TLanes.Load(scores + i));
        float largest = TLanes.Largest(top);
        for (; i < count; i++)
            largest = MathF.Max(largest, scores[i]);
        Vector256<double> center = Vector256.Create((double)largest);
        Vector256<double> low = Vector256<double>.Zero;
        Vector256<double> high = Vector256<double>.Zero;
        for (i = 0; i <= count - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(scores + i));
            low += Vector256.Exp(a - center);
            high += Vector256.Exp(b - center);
        }

        double sum = Vector256.Sum(low + high);
        for (; i < count; i++)
            sum += Math.Exp(scores[i] - (double)largest);
        return scores[token] - largest - (float)Math.Log(sum);
    }
}
