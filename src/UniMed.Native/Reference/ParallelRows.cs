namespace UniMed.Native.Reference;

/// <summary>Splits independent rows of work over the processors. Which thread does a row never changes its result.</summary>
internal static class ParallelRows
{
    /// <summary>Work below this many multiply-adds is done on the calling thread.</summary>
    private const long SerialWork = 1 << 16;

    /// <summary>Calls the body with ranges [start, end) that together cover [0, count) once.</summary>
    /// <param name="count">Number of rows.</param>
    /// <param name="workPerRow">Multiply-adds of one row, to judge whether a second thread pays.</param>
    /// <param name="body">Does the rows of a range.</param>
    public static void For(int count, long workPerRow, Action<int, int> body)
    {
        int threads = Environment.ProcessorCount;
        if (count <= 1 || threads == 1 || count * workPerRow < SerialWork)
        {
            if (count > 0)
                body(0, count);
            return;
        }

        int chunks = Math.Min(count, threads * 4);
        Parallel.For(0, chunks, chunk => body((int)((long)count * chunk / chunks), (int)((long)count * (chunk + 1) / chunks)));
    }
}
