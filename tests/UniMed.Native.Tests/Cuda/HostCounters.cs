using System.Runtime.InteropServices;
using UniMed.Native.Cuda.Emulated;

namespace UniMed.Native.Tests.Cuda;

/// <summary>What the emulated card counts while this lives: unimed_host_total_counters. One at a time in a process.</summary>
internal sealed unsafe class HostCounters : IDisposable
{
    private readonly delegate* unmanaged<int, int> _setCounting;
    private readonly delegate* unmanaged<Totals*, int> _totals;

    public HostCounters(EmulatedLibrary library)
    {
        nint handle = NativeLibrary.Load(library.FilePath);
        _setCounting = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, "unimed_host_set_counting");
        _totals = (delegate* unmanaged<Totals*, int>)NativeLibrary.GetExport(handle, "unimed_host_total_counters");
        Require(_setCounting(1));
    }

    public Totals Read()
    {
        Totals totals;
        Require(_totals(&totals));
        return totals;
    }

    public void Dispose() => Require(_setCounting(0));

    private static void Require(int status)
    {
        if (status != 0)
            throw new InvalidOperationException($"The host library answers {status}.");
    }

    /// <summary>unimed_counters.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Totals
    {
        public readonly ulong GlobalLoadBytes;
        public readonly ulong GlobalLoadRequests;
        public readonly ulong GlobalLoadSectors;
        public readonly ulong GlobalLoadDistinctSectors;
        public readonly ulong GlobalStoreBytes;
        public readonly ulong GlobalStoreRequests;
        public readonly ulong GlobalStoreSectors;
        public readonly ulong GlobalStoreDistinctSectors;
        public readonly ulong SharedLoadBytes;
        public readonly ulong SharedLoadRequests;
        public readonly ulong SharedLoadConflicts;
        public readonly ulong SharedStoreBytes;
        public readonly ulong SharedStoreRequests;
        public readonly ulong SharedStoreConflicts;
        public readonly ulong Mma;
        public readonly ulong LdMatrix;
        public readonly ulong Shuffles;
        public readonly ulong Votes;
        public readonly ulong Barriers;
    }
}
