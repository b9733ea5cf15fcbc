using UniMed.Bench.Roofline;

namespace UniMed.CpuBench;

/// <summary>What seconds are: those of the clock on the wall, or of the processor, all threads together.</summary>
internal static class BenchClock
{
    /// <summary>Counts processor seconds. Of one thread they hardly depend on what else runs on the machine.</summary>
    public static bool ByProcessorTime { get; set; }

    /// <summary>Seconds since some moment.</summary>
    public static double Now() => ByProcessorTime ? Environment.CpuUsage.TotalTime.TotalSeconds : HostRoof.WallClock();

    /// <summary>fp32 multiply-adds of so many threads at once, in GFLOP/s, at best.</summary>
    public static double Gigaflops(int threads) => HostRoof.Gigaflops(threads, Now).Highest * Share(threads);

    /// <summary>GB/s so many threads read at once, at best.</summary>
    public static double ReadGigabytes(int threads) => HostRoof.ReadGigabytes(threads, Now).Highest * Share(threads);

    // Processor seconds of several threads add up, so a rate by them is one thread's.
    private static int Share(int threads) => ByProcessorTime ? threads : 1;
}
