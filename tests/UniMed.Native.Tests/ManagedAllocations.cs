namespace UniMed.Native.Tests;

/// <summary>Managed bytes that work allocates.</summary>
internal static class ManagedAllocations
{
    private const int Rounds = 5;

    /// <summary>
    /// The least of some rounds. A collection that another test causes meanwhile counts what was left of this thread's allocation context, up to 8 KiB; what the work itself allocates is in
    /// every round.
    /// </summary>
    public static long Least(Action round) => Least(round, GC.GetAllocatedBytesForCurrentThread, enough: 0);

    /// <summary>As <see cref="Least(Action)"/>, of all threads of the process: the test runner's allocate a little in one round or another.</summary>
    /// <param name="round">The work.</param>
    /// <param name="enough">No further round is needed at this many bytes or fewer.</param>
    public static long LeastOfProcess(Action round, long enough) => Least(round, () => GC.GetTotalAllocatedBytes(precise: true), enough);

    private static long Least(Action round, Func<long> allocated, long enough)
    {
        long least = long.MaxValue;
        for (int i = 0; i < Rounds && least > enough; i++)
        {
            long before = allocated();
            round();
            least = Math.Min(least, allocated() - before);
        }

        return least;
    }
}
