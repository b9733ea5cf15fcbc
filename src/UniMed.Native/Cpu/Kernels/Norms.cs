using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>Norms of one row. Bytes: a row is read from the first-level cache after the first time.</summary>
/// <remarks>
/// Lanes run along the row. Moments are summed in double precision in 8 lanes, whatever the vectors' width: lane l
/// adds columns l, l + 8, ... in order, then the lanes are added, then what is left behind the last 8. They are used
/// in fp32.
/// </remarks>
internal static unsafe class Norms<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <inheritdoc cref="Kernels.LayerNorm"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayerNorm(float* input, float* weight, float* bias, float eps, float* output, int count)
    {
        double mean = Sum(input, count) / count;
        float scale = (float)(1 / Math.Sqrt((SquaredDistances(input, mean, count) / count) + eps));
        float center = (float)mean;
        TVec m = TLanes.Create(center);
        TVec s = TLanes.Create(scale);
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            TVec normal = TLanes.Multiply(TLanes.Subtract(TLanes.Load(input + i), m), s);
            TLanes.Store(TLanes.Add(TLanes.Multiply(normal, TLanes.Load(weight + i)), TLanes.Load(bias + i)), output + i);
        }

        for (; i < count; i++)
            output[i] = ((input[i] - center) * scale * weight[i]) + bias[i];
    }

    /// <inheritdoc cref="Kernels.RmsNorm"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsNorm(float* input, float* weight, float eps, float* output, int count)
    {
        float scale = (float)(1 / Math.Sqrt((SquaredDistances(input, 0, count) / count) + eps));
        TVec s = TLanes.Create(scale);
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.Multiply(TLanes.Load(weight + i), TLanes.Multiply(TLanes.Load(input + i), s)), output + i);
        for (; i < count; i++)
            output[i] = weight[i] * (input[i] * scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum(float* x, int count)
    {
        Vector256<double> low = Vector256<double>.Zero;
        Vector256<double> high = Vector256<double>.Zero;
        int i = 0;
        for (; i <= count - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(x + i));
            low += a;
            high += b;
        }

        double sum = Vector256.Sum(low + high);
        for (; i < count; i++)
            sum += x[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SquaredDistances(float* x, double center, int count)
    {
        Vector256<double> low = Vector256<double>.Zero;
        Vector256<double> high = Vector256<double>.Zero;
        Vector256<double> c = Vector256.Create(center);
        int i = 0;
        for (; i <= count - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(x + i));
            a -= c;
            b -= c;
            low += a * a;
            high += b * b;
        }

        double sum = Vector256.Sum(low + high);
        for (; i < count; i++)
            sum += (x[i] - center) * (x[i] - center);
        return sum;
    }
}
