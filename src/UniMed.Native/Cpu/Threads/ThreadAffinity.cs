using System.Runtime.InteropServices;

namespace UniMed.Native.Cpu;

/// <summary>Keeps threads on processors of their own. Only Linux lets a thread say so here; elsewhere the option is refused.</summary>
internal sealed partial class ThreadAffinity
{
    private const int MaskBytes = 1024;

    private readonly int[] _processors;

    /// <summary>Names the processors: thread i of the team stays on number i, the caller's (0) excepted: it belongs to the application.</summary>
    /// <exception cref="PlatformNotSupportedException">The operating system is not Linux.</exception>
    /// <exception cref="ArgumentException">A number is no processor.</exception>
    public ThreadAffinity(IReadOnlyList<int> processors)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Threads can be kept on processors only on Linux; leave CpuDeviceOptions.Processors null here.");
        if (processors.Count == 0)
            throw new ArgumentException("No processor is named; leave CpuDeviceOptions.Processors null to let the scheduler decide.", nameof(processors));
        foreach (int processor in processors)
        {
            if (processor is < 0 or >= MaskBytes * 8)
                throw new ArgumentException($"Processor {processor} does not exist; numbers run from 0 to {(MaskBytes * 8) - 1}.", nameof(processors));
        }

        _processors = [.. processors];
    }

    /// <summary>Keeps the calling thread on the processor of a team's thread. A processor the process may not use leaves the thread where it is.</summary>
    public unsafe void Apply(int thread)
    {
        byte* mask = stackalloc byte[MaskBytes];
        new Span<byte>(mask, MaskBytes).Clear();
        int processor = _processors[thread % _processors.Length];
        mask[processor / 8] = (byte)(1 << (processor % 8));
        _ = SetAffinity(0, MaskBytes, mask);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static unsafe partial int SetAffinity(int thread, nuint bytes, byte* mask);
}
