using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UniMed.CpuBench;

/// <summary>What this machine can do, measured in the same run as what it is compared with: multiply-adds of registers, and bytes read from memory.</summary>
internal static unsafe class MachinePeak
{
    private const long ReadBytes = 1L << 30;

    /// <summary>Seconds are those of the processor, all threads together, instead of the clock on the wall.</summary>
    public static bool ByProcessorTime { get; set; }

    /// <summary>Seconds since some moment.</summary>
    public static double Now() => ByProcessorTime ? Environment.CpuUsage.TotalTime.TotalSeconds : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    /// <summary>fp32 multiply-adds of so many threads at once, in GFLOP/s; the best of some runs.</summary>
    public static double Gflops(int threads) => Best(threads, _ => MultiplyAdds(20_000_000));

    /// <summary>Bytes so many threads read at once, each its own range, in GB/s; the best of some runs.</summary>
    public static double ReadGigabytes(int threads)
    {
        nuint size = (nuint)ReadBytes;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(size, 4096);
        new Span<byte>(memory, int.MaxValue).Slice(0, (int)Math.Min(ReadBytes, int.MaxValue)).Fill(1);
        long share = ReadBytes / threads / 4096 * 4096;
        double best = Best(threads, thread => Read(memory + (thread * share), share));
        NativeMemory.AlignedFree(memory);
        return best;
    }

    /// <summary>Sum over threads of (work / 1e9) / seconds, of the best run; work is what the body returns.</summary>
    private static double Best(int threads, Func<int, double> body)
    {
        double best = 0;
        for (int run = 0; run < 5; run++)
        {
            double start = Now();
            double work = 0;
            var others = Enumerable.Range(1, threads - 1).Select(i => new Thread(() => body(i))).ToArray();
            foreach (Thread other in others)
                other.Start();
            work = body(0) * threads;
            foreach (Thread other in others)
                other.Join();
            best = Math.Max(best, work / 1e9 / (Now() - start));
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static double MultiplyAdds(int turns)
    {
        // No call may stand between the vectors' first and last use, or the JIT keeps them in memory.
        float sum = Vector512.IsHardwareAccelerated ? Turn512(turns) : Turn256(turns);
        GC.KeepAlive(sum);
        return turns * 12.0 * 2 * (Vector512.IsHardwareAccelerated ? 16 : 8);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Turn512(int turns)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.5f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int turn = 0; turn < turns; turn++)
        {
            a = Vector512.MultiplyAddEstimate(a, x, y);
            b = Vector512.MultiplyAddEstimate(b, x, y);
            c = Vector512.MultiplyAddEstimate(c, x, y);
            d = Vector512.MultiplyAddEstimate(d, x, y);
            e = Vector512.MultiplyAddEstimate(e, x, y);
            f = Vector512.MultiplyAddEstimate(f, x, y);
            g = Vector512.MultiplyAddEstimate(g, x, y);
            h = Vector512.MultiplyAddEstimate(h, x, y);
            i = Vector512.MultiplyAddEstimate(i, x, y);
            j = Vector512.MultiplyAddEstimate(j, x, y);
            k = Vector512.MultiplyAddEstimate(k, x, y);
            l = Vector512.MultiplyAddEstimate(l, x, y);
        }

        return (a + b + c + d + e + f + g + h + i + j + k + l)[0];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Turn256(int turns)
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(0.5f);
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int turn = 0; turn < turns; turn++)
        {
            a = Vector256.MultiplyAddEstimate(a, x, y);
            b = Vector256.MultiplyAddEstimate(b, x, y);
            c = Vector256.MultiplyAddEstimate(c, x, y);
            d = Vector256.MultiplyAddEstimate(d, x, y);
            e = Vector256.MultiplyAddEstimate(e, x, y);
            f = Vector256.MultiplyAddEstimate(f, x, y);
            g = Vector256.MultiplyAddEstimate(g, x, y);
            h = Vector256.MultiplyAddEstimate(h, x, y);
            i = Vector256.MultiplyAddEstimate(i, x, y);
            j = Vector256.MultiplyAddEstimate(j, x, y);
            k = Vector256.MultiplyAddEstimate(k, x, y);
            l = Vector256.MultiplyAddEstimate(l, x, y);
        }

        return (a + b + c + d + e + f + g + h + i + j + k + l)[0];
    }

    private static double Read(byte* memory, long bytes)
    {
        // A result that depends on every byte and is always 0: the loads cannot be left out.
        return bytes + (Sum(memory, bytes) > 254 ? 1 : 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static byte Sum(byte* memory, long bytes)
    {
        Vector512<byte> a = default, b = default, c = default, d = default;
        for (long i = 0; i < bytes; i += 256)
        {
            a |= Vector512.Load(memory + i);
            b |= Vector512.Load(memory + i + 64);
            c |= Vector512.Load(memory + i + 128);
            d |= Vector512.Load(memory + i + 192);
        }

        return (a | b | c | d)[0];
    }
}
