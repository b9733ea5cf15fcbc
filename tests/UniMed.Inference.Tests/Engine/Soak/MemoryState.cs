using System.Diagnostics;

namespace UniMed.Inference.Tests.Engine.Soak;

/// <summary>What is in use when nothing runs.</summary>
/// <param name="ManagedBytes">Live objects of the process, after collection.</param>
/// <param name="DeviceBytes">Device memory of the model.</param>
/// <param name="VisualCacheBytes">Of it, features and visual tokens that are kept.</param>
/// <param name="FreeKvBlocks">Cache blocks that a request could be given.</param>
/// <param name="WorkingSetBytes">Memory of the process.</param>
internal sealed record MemoryState(long ManagedBytes, long DeviceBytes, long VisualCacheBytes, int FreeKvBlocks, long WorkingSetBytes)
{
    public static MemoryState Read(UniMedModel model, UniMedEngine engine)
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using Process process = Process.GetCurrentProcess();
        return new MemoryState(GC.GetTotalMemory(forceFullCollection: false), model.AllocatedBytes, engine.Statistics.VisualCacheBytes, engine.Statistics.FreeKvBlocks, process.WorkingSet64);
    }

    public override string ToString() =>
        FormattableString.Invariant($"managed {ManagedBytes / 1e6:0.000} MB, device {DeviceBytes / 1e6:0.000} MB (visual cache {VisualCacheBytes / 1e6:0.000} MB), {FreeKvBlocks} free blocks, working set {WorkingSetBytes / 1e6:0.0} MB");
}
