using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UniMed.Bench.Roofline;

/// <summary>What this machine's processors reach at best: reading memory, and multiplying and adding. Shares are of the highest round.</summary>
internal static unsafe class HostRoof
{
    private const int Bytes = 256 << 20;
    private const int Rounds = 5;
    private const int PassesOfRound = 16;

    /// <summary>A round is long enough (40 ms and more) for the threads to be spread over the processors.</summary>
    private const int Multiplications = 20_000_000;

    /// <summary>Accumulators of a thread: more than latency times throughput of any processor, few enough for its registers.</summary>
    private const int Accumulators = 10;

    /// <summary>10^9 bytes a second that all threads together read from memory far larger than the caches.</summary>
    /// <param name="threads">Threads; null for one on each processor.</param>
    /// <param name="clock">Seconds since some moment; null for the time on the wall.</param>
    public static Spread ReadGigabytes(int? threads = null, Func<double>? clock = null) => ReadGigabytes(threads ?? Environment.ProcessorCount, clock ?? WallClock);

    /// <summary>10^9 fp32 operations a second of fused multiply-adds on all threads, with the widest vectors there are.</summary>
    /// <param name="threads">Threads; null for one on each processor.</param>
    /// <param name="clock">Seconds since some moment; null for the time on the wall.</param>
    public static Spread Gigaflops(int? threads = null, Func<double>? clock = null) => Gigaflops(threads ?? Environment.ProcessorCount, clock ?? WallClock);

    /// <summary>Seconds on the wall.</summary>
    public static double WallClock() => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    private static Spread ReadGigabytes(int threads, Func<double> clock)
    {
        nuint each = (nuint)(Bytes / threads / 256 * 256);
        void* memory = NativeMemory.AlignedAlloc(each * (nuint)threads, 64);
        try
        {
            // The first round touches every page and is not counted.
            NativeMemory.Fill(memory, each * (nuint)threads, 1);
            var sums = new long[threads];
            return Spread.Of(Run(threads, clock, thread =>
            {
                for (int pass = 0; pass < PassesOfRound; pass++)
                    sums[thread] += Read((long*)((byte*)memory + (each * (nuint)thread)), each / sizeof(long));
            })
                .Select(seconds => each * (double)threads * PassesOfRound / seconds / 1e9));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static Spread Gigaflops(int threads, Func<double> clock)
    {
        var sums = new float[threads];
        double operations = 2.0 * Accumulators * Multiplications * (Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count) * threads;
        return Spread.Of(Run(threads, clock, thread => sums[thread] += Vector512.IsHardwareAccelerated ? Multiply512() : Multiply256()).Select(seconds => operations / seconds / 1e9));
    }

    /// <summary>Runs work on so many threads at once, several times, and gives the seconds of each round but the first.</summary>
    private static List<double> Run(int threads, Func<double> clock, Action<int> work)
    {
        var seconds = new List<double>();
        double started = 0;
        // The barrier's action runs alone, between the rounds.
        using var barrier = new Barrier(threads, _ =>
        {
            if (started != 0)
                seconds.Add(clock() - started);
            started = clock();
        });
        Thread[] workers =
        [
            .. Enumerable.Range(0, threads).Select(thread => new Thread(() =>
            {
                for (int round = 0; round <= Rounds; round++)
                {
                    barrier.SignalAndWait();
                    work(thread);
                }

                barrier.SignalAndWait();
            })),
        ];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        return seconds[1..];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Read(long* memory, nuint count)
    {
        Vector256<long> a = default, b = default, c = default, d = default;
        for (nuint i = 0; i + 16 <= count; i += 16)
        {
            a ^= Vector256.Load(memory + i);
            b ^= Vector256.Load(memory + i + 4);
            c ^= Vector256.Load(memory + i + 8);
            d ^= Vector256.Load(memory + i + 12);
        }

        return Vector256.Sum(a ^ b ^ c ^ d);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Multiply512()
    {
        // No call stands between the vectors' first and last use, or the JIT keeps them in memory.
        Vector512<float> factor = Vector512.Create(0.999f), term = Vector512.Create(0.001f);
        Vector512<float> a = term, b = term, c = term, d = term, e = term, f = term, g = term, h = term, i = term, j = term;
        for (int n = 0; n < Multiplications; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, term);
            b = Vector512.FusedMultiplyAdd(b, factor, term);
            c = Vector512.FusedMultiplyAdd(c, factor, term);
            d = Vector512.FusedMultiplyAdd(d, factor, term);
            e = Vector512.FusedMultiplyAdd(e, factor, term);
            f = Vector512.FusedMultiplyAdd(f, factor, term);
            g = Vector512.FusedMultiplyAdd(g, factor, term);
            h = Vector512.FusedMultiplyAdd(h, factor, term);
            i = Vector512.FusedMultiplyAdd(i, factor, term);
            j = Vector512.FusedMultiplyAdd(j, factor, term);
        }

        return (a + b + c + d + e + f + g + h + i + j)[0];
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Multiply256()
    {
        Vector256<float> factor = Vector256.Create(0.999f), term = Vector256.Create(0.001f);
        Vector256<float> a = term, b = term, c = term, d = term, e = term, f = term, g = term, h = term, i = term, j = term;
        for (int n = 0; n < Multiplications; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, factor, term);
            b = Vector256.FusedMultiplyAdd(b, factor, term);
            c = Vector256.FusedMultiplyAdd(c, factor, term);
            d = Vector256.FusedMultiplyAdd(d, factor, term);
            e = Vector256.FusedMultiplyAdd(e, factor, term);
            f = Vector256.FusedMultiplyAdd(f, factor, term);
            g = Vector256.FusedMultiplyAdd(g, factor, term);
            h = Vector256.FusedMultiplyAdd(h, factor, term);
            i = Vector256.FusedMultiplyAdd(i, factor, term);
            j = Vector256.FusedMultiplyAdd(j, factor, term);
        }

        return (a + b + c + d + e + f + g + h + i + j)[0];
    }
}
