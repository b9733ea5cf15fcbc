using System.Diagnostics;
using UniMed.Bench;
using UniMed.Bench.Synthetic;
using UniMed.GpuBench.Packing;
using UniMed.GpuBench.Reporting;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>
/// How fast a layer's matrix reaches the card: as the device loads it, rows that the card packs, and packed on the host, on all processors, before it travels. Both must leave the same
/// bytes there.
/// </summary>
internal static class LoadTimer
{
    private const int StagingBytes = 8 << 20;

    /// <summary>Times both ways for each stored type.</summary>
    /// <param name="driver">Driver of the device.</param>
    /// <param name="device">The device.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="settings">Types and repetitions.</param>
    /// <param name="budget">The time there is.</param>
    /// <param name="found">Receives each row.</param>
    public static void Time(ICudaDriver driver, CudaDevice device, int rows, int columns, BenchSettings settings, TimeBudget budget, Action<LoadRow> found)
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
            try
            {
                using var staging = new PinnedStaging(driver, stream, StagingBytes);
                Spread host = Gigabytes(packed.Bytes, settings.Repeat, () =>
                {
                    SendPacked(staging, memory, matrix, packed);
                    driver.Synchronize(stream);
                });
                found(new LoadRow(name, rows, columns, packed.Bytes, card, host, DifferingBytes(driver, packed.Pointer, memory, packed.Bytes)));
            }
            finally
            {
                driver.Free(memory);
                driver.DestroyStream(stream);
            }
        }
    }

    private static void SendPacked(PinnedStaging staging, DevicePointer memory, HostTensor matrix, CudaMatrix packed)
    {
        int tileBytes = (int)(packed.Bytes / packed.Tiles);
        int most = staging.BufferBytes / tileBytes;
        for (int first = 0; first < packed.Tiles; first += most)
        {
            int bytes = Math.Min(most, packed.Tiles - first) * tileBytes;
            ParallelTiles.Run(staging.Take(bytes), tileBytes, first, Environment.ProcessorCount, (piece, tile) => Pack(piece, tile, matrix, packed));
            staging.Send(memory + ((long)first * tileBytes), bytes);
        }
    }

    private static void Pack(Span<byte> piece, int firstTile, HostTensor matrix, CudaMatrix packed)
    {
        const int TileRows = 16;
        if (packed.Format == WeightFormat.Plain)
        {
            HostFragmentOrder.Pack(piece, firstTile, matrix.Columns, packed.Type, (int tile, int row, out HostTensor found, out int from) =>
            {
                found = matrix;
                from = (tile * TileRows) + row;
                return from < matrix.Rows;
            });
            return;
        }

        HostQuantizedFragmentOrder.Pack(piece, firstTile, packed.Format, matrix.Columns, (tile, row, values, scales) =>
        {
            int from = (tile * TileRows) + row;
            if (from < matrix.Rows)
                matrix.CopyStoredRowTo(from, values, scales);
            return from < matrix.Rows;
        });
    }

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
