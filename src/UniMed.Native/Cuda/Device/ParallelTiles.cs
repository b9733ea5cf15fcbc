using System.Runtime.ExceptionServices;

namespace UniMed.Native.Cuda;

/// <summary>Writes tiles of a matrix on several processors at once: each takes neighbouring ones, and a tile's bytes depend on its own rows alone.</summary>
internal static unsafe class ParallelTiles
{
    /// <summary>Writes whole tiles, from <paramref name="firstTile"/> on. Called by several threads at once.</summary>
    public delegate void Write(Span<byte> destination, int firstTile);

    /// <summary>Writes them.</summary>
    /// <param name="destination">A whole number of tiles.</param>
    /// <param name="tileBytes">Bytes of one.</param>
    /// <param name="firstTile">The first of them.</param>
    /// <param name="processors">How many may work.</param>
    /// <param name="write">Writes some of them.</param>
    public static void Run(Span<byte> destination, int tileBytes, int firstTile, int processors, Write write)
    {
        int tiles = destination.Length / tileBytes;
        int parts = Math.Min(tiles, processors);
        if (parts <= 1)
        {
            write(destination, firstTile);
            return;
        }

        fixed (byte* start = destination)
        {
            // A span cannot be captured; what it points to stays where it is until all have ended.
            nint first = (nint)start;
            try
            {
                Parallel.For(0, parts, part =>
                {
                    int begin = (int)((long)tiles * part / parts);
                    int end = (int)((long)tiles * (part + 1) / parts);
                    write(new Span<byte>((byte*)first + ((long)begin * tileBytes), (end - begin) * tileBytes), firstTile + begin);
                });
            }
            catch (AggregateException error)
            {
                ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
            }
        }
    }
}
