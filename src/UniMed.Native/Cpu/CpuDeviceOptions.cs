namespace UniMed.Native.Cpu;

/// <summary>How the CPU device uses the machine. Results do not depend on it.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>Threads that compute, the caller's included; null for one on each processor the process may use. Default null.</summary>
    public int? Threads { get; init; }

    /// <summary>Processor numbers the threads stay on: thread i on the i-th, beginning anew behind the last. The calling thread (0) is left alone. Linux only. Default null: the scheduler decides.</summary>
    public IReadOnlyList<int>? Processors { get; init; }

    /// <summary>How weights are fetched ahead while decoding; null for what is known to be right on this processor. Default null.</summary>
    public PrefetchHint? Prefetch { get; init; }
}
