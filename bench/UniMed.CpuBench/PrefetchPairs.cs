using System.Diagnostics;
using UniMed.Native;
using UniMed.Native.Cpu;

namespace UniMed.CpuBench;

/// <summary>Decodes with both prefetch hints in turn, in one process over the same memory: a virtual machine gives another bandwidth to another process.</summary>
internal sealed class PrefetchPairs : IDisposable
{
    private readonly CpuDevice _all;
    private readonly CpuDevice _past;
    private readonly RandomLlama _llamaOfAll;
    private readonly RandomLlama _llamaOfPast;

    public PrefetchPairs(int threads, LlamaShape shape, ElementType type, int positions)
    {
        _all = new CpuDevice(new CpuDeviceOptions { Threads = threads, Prefetch = PrefetchHint.AllCaches });
        _past = new CpuDevice(new CpuDeviceOptions { Threads = threads, Prefetch = PrefetchHint.NonTemporal });
        _llamaOfAll = new RandomLlama(_all, shape, type, positions);
        _llamaOfPast = new RandomLlama(_past, shape, type, positions);
    }

    /// <summary>Tokens a second of each hint, round by round; the first is not counted.</summary>
    public (double[] AllCaches, double[] NonTemporal) Run(int rounds, int tokens)
    {
        var all = new double[rounds];
        var past = new double[rounds];
        for (int round = -1; round < rounds; round++)
        {
            double a = Decode(_llamaOfAll, tokens), p = Decode(_llamaOfPast, tokens);
            if (round >= 0)
                (all[round], past[round]) = (a, p);
        }

        return (all, past);
    }

    public void Dispose()
    {
        _llamaOfAll.Dispose();
        _llamaOfPast.Dispose();
        _all.Dispose();
        _past.Dispose();
    }

    private static double Decode(RandomLlama llama, int tokens)
    {
        int next = 1;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i++)
            next = llama.Step([next], i);
        return tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
