using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// exp and GELU for all lanes, what ends a product, and the rotary embedding. Work: some 15 operations for an exp, 35
/// for a GELU, of each vector.
/// </summary>
/// <remarks>
/// Lanes run along the row: a vector is that many neighbours, and of a head's two halves the same places. Every
/// number is computed for itself; nothing is summed.
/// </remarks>
internal static unsafe class Functions<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <inheritdoc cref="Kernels.Finish"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(float* product, float* bias, Activation activation, float* residual, float* output, int count)
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(Finish(product + i, bias == null ? null : bias + i, activation, residual == null ? null : residual + i), output + i);
        if (i == count)
            return;
        float* last = stackalloc float[4 * Kernels.Pad];
        Borrow(product + i, last, count - i);
        if (bias != null)
            Borrow(bias + i, last + Kernels.Pad, count - i);
        if (residual != null)
            Borrow(residual + i, last + (2 * Kernels.Pad), count - i);
        TLanes.Store(Finish(last, bias == null ? null : last + Kernels.Pad, activation, residual == null ? null : last + (2 * Kernels.Pad)), last + (3 * Kernels.Pad));
        new Span<float>(last + (3 * Kernels.Pad), count - i).CopyTo(new Span<float>(output + i, count - i));
    }

    /// <inheritdoc cref="Kernels.SwiGlu"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SwiGlu(float* gate, float* up, float* output, int count)
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.Multiply(Silu(TLanes.Load(gate + i)), TLanes.Load(up + i)), output + i);
        if (i == count)
            return;
        float* last = stackalloc float[2 * Kernels.Pad];
        Borrow(gate + i, last, count - i);
        Borrow(up + i, last + Kernels.Pad, count - i);
        TLanes.Store(TLanes.Multiply(Silu(TLanes.Load(last)), TLanes.Load(last + Kernels.Pad)), last);
        new Span<float>(last, count - i).CopyTo(new Span<float>(output + i, count - i));
    }

    /// <inheritdoc cref="Kernels.AddScaled"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* product, float* bias, float factor, float* output, int count)
    {
        TVec f = TLanes.Create(factor);
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            TVec term = TLanes.Multiply(TLanes.Add(TLanes.Load(product + i), TLanes.Load(bias + i)), f);
            TLanes.Store(TLanes.Add(TLanes.Load(output + i), term), output + i);
        }

        for (; i < count; i++)
            output[i] += (product[i] + bias[i]) * factor;
    }

    /// <inheritdoc cref="Kernels.Scale"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* input, float factor, float* output, int count)
    {
        TVec f = TLanes.Create(factor);
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.Multiply(TLanes.Load(input + i), f), output + i);
        for (; i < count; i++)
            output[i] = input[i] * factor;
    }

    /// <inheritdoc cref="Kernels.Rotate"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(float* head, float* cos, float* sin, int half)
    {
        int i = 0;
        for (; i <= half - TLanes.Width; i += TLanes.Width)
        {
            TVec lower = TLanes.Load(head + i);
            TVec upper = TLanes.Load(head + half + i);
            TVec c = TLanes.Load(cos + i);
            TVec s = TLanes.Load(sin + i);
            TLanes.Store(TLanes.Subtract(TLanes.Multiply(lower, c), TLanes.Multiply(upper, s)), head + i);
            TLanes.Store(TLanes.Add(TLanes.Multiply(upper, c), TLanes.Multiply(lower, s)), head + half + i);
        }

        for (; i < half; i++)
        {
            float lower = head[i];
            float upper = head[half + i];
            head[i] = (lower * cos[i]) - (upper * sin[i]);
            head[half + i] = (upper * cos[i]) + (lower * sin[i]);
        }
    }

    /// <summary>
    /// e^x to about one unit in the last place: x = n ln 2 + r, a polynomial of r, and 2^n in two factors, so that
    /// subnormal results come out right. Infinite where fp32 ends, 0 below half the smallest subnormal, NaN for NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Exp(TVec x)
    {
        TVec bounded = TLanes.Max(TLanes.Create(-104), TLanes.Min(TLanes.Create(89), x));
        TVec n = TLanes.Round(TLanes.Multiply(bounded, TLanes.Create(1.44269504f)));
        // ln 2 in two parts: n times the first is exact.
        TVec r = TLanes.MultiplyAdd(n, TLanes.Create(-0.693359375f), bounded);
        r = TLanes.MultiplyAdd(n, TLanes.Create(2.12194440e-4f), r);
        TVec p = TLanes.Create(1f / 5040);
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1f / 720));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1f / 120));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1f / 24));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1f / 6));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(0.5f));
        p = TLanes.MultiplyAdd(TLanes.Multiply(r, r), p, r);
        p = TLanes.Add(p, TLanes.Create(1));
        TVec half = TLanes.Round(TLanes.Multiply(n, TLanes.Create(0.5f)));
        p = TLanes.Multiply(TLanes.Multiply(p, TLanes.PowerOfTwo(half)), TLanes.PowerOfTwo(TLanes.Subtract(n, half)));
        return TLanes.KeepNaN(x, p);
    }

    private static void Borrow(float* source, float* vector, int count)
    {
        new Span<float>(vector, Kernels.Pad).Clear();
        new Span<float>(source, count).CopyTo(new Span<float>(vector, count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec Finish(float* product, float* bias, Activation activation, float* residual)
    {
        TVec value = TLanes.Load(product);
        if (bias != null)
            value = TLanes.Add(value, TLanes.Load(bias));
        if (activation == Activation.Gelu)
            value = Gelu(value);
        if (residual != null)
            value = TLanes.Add(value, TLanes.Load(residual));
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec Silu(TVec x)
    {
        TVec exp = Exp(TLanes.Subtract(TLanes.Zero, x));
        return TLanes.Divide(x, TLanes.Add(exp, TLanes.Create(1)));
    }

    /// <summary>
    /// x Phi(x). The tail 1 - Phi(|x|) is e^(-x^2 / 2) t P(t) / 2 with t = 1 / (1 + 0.4 |x| / sqrt 2); P was fitted
    /// to the least relative error (8e-9) up to |x| = 14. Beyond, the tail is below fp32's smallest number. Below
    /// -12.5 the result is -0, as PyTorch's is from -5.6 on: it would be 5e-35 and soon subnormal, and a layer that
    /// multiplies subnormal numbers was ten times slower on a Xeon.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec Gelu(TVec x)
    {
        TVec one = TLanes.Create(1);
        TVec t = TLanes.Divide(one, TLanes.MultiplyAdd(TLanes.Abs(x), TLanes.Create(0.28284271f), one));
        TVec p = TLanes.Create(-0.029594932f);
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.19801626f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(-0.49881816f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.54744369f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(-0.28437299f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.27206933f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.12967864f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.21491928f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.22495200f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.22570691f));
        // Not below what a tail of -12.5 needs: nothing on the way is subnormal either.
        TVec halfSquare = TLanes.Max(TLanes.Create(-80), TLanes.Multiply(TLanes.Multiply(x, TLanes.Create(-0.5f)), x));
        TVec tail = TLanes.Multiply(TLanes.Multiply(Exp(halfSquare), TLanes.Multiply(t, TLanes.Create(0.5f))), p);
        TVec part = TLanes.Multiply(x, tail);
        TVec value = TLanes.SelectLess(x, TLanes.Zero, part, TLanes.Subtract(x, part));
        // A product, so that minus infinity shows as NaN.
        value = TLanes.SelectLess(x, TLanes.Create(-12.5f), TLanes.Multiply(x, TLanes.Zero), value);
        return TLanes.SelectLess(TLanes.Create(14), x, x, value);
    }
}
