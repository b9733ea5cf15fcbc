using System.Diagnostics;
using UniMed.Bench;
using UniMed.Bench.Synthetic;
using UniMed.GpuBench.Packing;
using UniMed.GpuBench.Reporting;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>
/// How fast a layer's matrix reaches the card: as the device loads it, rows that the card packs, and packed on the host,
/// on all processors, before it travels; and what of it is the host's own work. Both ways must leave the same bytes on
/// the card.
/// </summary>
internal static class LoadTimer
{
    private const int RowsOfATile = 16;

    /// <summary>Times both ways for each stored type.</summary>
    /// <param name="driver">Driver of the device.</param>
    /// <param name="device">The device.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="settings">Types and repetitions.</param>
    /// <param name="budget">The time there is.</param>
    /// <param name="found">Receives each row.</param>
    public static void Time(
        ICudaDriver driver, CudaDevice device, int rows, int columns, BenchSettings settings, TimeBudget budget, Action<LoadRow> found)
    {
        var numbers = new BenchNumbers(settings.Seed);
        foreach (SyntheticDtype dtype in settings.Dtypes)
        {
            string name = dtype.ToString().ToLowerInvariant();
            if (budget.LeavesOut($"kernels: load, {name}"))
                continue;
            HostTensor matrix = numbers.Matrix(dtype, rows, columns);
            using LinearWeights weights = device.LoadLinear(matrix, null);
            CudaMatrix packed = LinearCase.Matrices(weights)[0];
            Spread card = Gigabytes(packed.Bytes, settings.Repeat, () =>
            {
                device.LoadLinear(matrix, null).Dispose();
                driver.Synchronize();
            });

            CudaStream stream = driver.CreateStream();
            DevicePointer memory = driver.Allocate(packed.Bytes);
            PinnedMemory piece = driver.AllocateHost(CudaDevice.StagingBytes);
            try
            {
                using var staging = new PinnedStaging(driver, stream, CudaDevice.StagingBytes);
                ParallelTiles.Write writeRows = RowWriter(matrix, packed);
                ParallelTiles.Write writePacked = PackedWriter(matrix, packed);
                Spread host = Gigabytes(packed.Bytes, settings.Repeat, () =>
                {
                    ForEachPiece(packed, (offset, bytes) =>
                    {
                        WritePiece(staging.Take(bytes), packed, offset, writePacked);
                        staging.Send(memory + offset, bytes);
                    });
                    driver.Synchronize(stream);
                });
                Spread rowsAlone = Alone(writeRows);
                Spread packedAlone = Alone(writePacked);
                long differing = DifferingBytes(driver, packed.Pointer, memory, packed.Bytes);
                found(new LoadRow(name, rows, columns, packed.Bytes, card, host, rowsAlone, packedAlone, differing));

                Spread Alone(ParallelTiles.Write write) => Gigabytes(
                    packed.Bytes,
                    settings.Repeat,
                    () => ForEachPiece(packed, (offset, bytes) => WritePiece(piece.Slice(0, bytes).Span, packed, offset, write)));
            }
            finally
            {
                driver.FreeHost(piece);
                driver.Free(memory);
                driver.DestroyStream(stream);
            }
        }
    }

    private static int TileBytes(CudaMatrix packed) => (int)(packed.Bytes / packed.Tiles);

    private static void ForEachPiece(CudaMatrix packed, Action<long, int> each)
    {
        int most = CudaDevice.StagingBytes / TileBytes(packed) * TileBytes(packed);
        for (long offset = 0; offset < packed.Bytes; offset += most)
            each(offset, (int)Math.Min(most, packed.Bytes - offset));
    }

    private static void WritePiece(Span<byte> piece, CudaMatrix packed, long offset, ParallelTiles.Write write) =>
        ParallelTiles.Run(piece, TileBytes(packed), (int)(offset / TileBytes(packed)), Environment.ProcessorCount, write);

    private static ParallelTiles.Write RowWriter(HostTensor matrix, CudaMatrix packed) => packed.Format == WeightFormat.Plain
        ? (piece, firstTile) => TileRows.Write(piece, firstTile, matrix.Columns, packed.Type, Find(matrix))
        : (piece, firstTile) => QuantizedTileRows.Write(piece, firstTile, packed.Format, matrix.Columns, Read(matrix));

    private static ParallelTiles.Write PackedWriter(HostTensor matrix, CudaMatrix packed) => packed.Format == WeightFormat.Plain
        ? (piece, firstTile) => HostFragmentOrder.Pack(piece, firstTile, matrix.Columns, packed.Type, Find(matrix))
        : (piece, firstTile) => HostQuantizedFragmentOrder.Pack(piece, firstTile, packed.Format, matrix.Columns, Read(matrix));

    private static TileRows.FindRow Find(HostTensor matrix) => (int tile, int row, out HostTensor found, out int from) =>
    {
        found = matrix;
        from = (tile * RowsOfATile) + row;
        return from < matrix.Rows;
    };

    private static QuantizedTileRows.ReadRow Read(HostTensor matrix) => (tile, row, values, scales) =>
    {
        int from = (tile * RowsOfATile) + row;
        if (from < matrix.Rows)
            matrix.CopyStoredRowTo(from, values, scales);
        return from < matrix.Rows;
    };

    private static Spread Gigabytes(long bytes, int repeat, Action load)
    {
        load();
        var rates = new double[repeat];
        foreach (ref double rate in rates.AsSpan())
        {
            long began = Stopwatch.GetTimestamp();
            load();
            rate = bytes / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e9;
        }

        return Spread.Of(rates);
    }

    private static long DifferingBytes(ICudaDriver driver, DevicePointer one, DevicePointer other, long bytes)
    {
        var first = new byte[bytes];
        var second = new byte[bytes];
        driver.CopyToHost(first, one);
        driver.CopyToHost(second, other);
        return first.Zip(second).LongCount(pair => pair.First != pair.Second);
    }
}
