namespace UniMed.Native.Tests;

/// <summary>Managed bytes that work allocates on the calling thread.</summary>
internal static class ManagedAllocations
{
    private const int Rounds = 5;

    /// <summary>
    /// The least of some rounds. A collection that another test causes meanwhile counts what was left of this thread's allocation context, up to 8 KiB; what the work itself allocates is in
    /// every round.
    /// </summary>
    public static long Least(Action round)
    {
        long least = long.MaxValue;
        for (int i = 0; i < Rounds && least != 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
