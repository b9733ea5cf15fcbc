using System.Runtime.InteropServices;
using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>Takes weights over: the card packs matrices into fragment order as they come, vectors are fp32.</summary>
internal sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected override CudaMatrix SendGated(HostTensor gate, HostTensor up)
    {
        int tiles = TileRows.GatedTiles(gate.Rows);
        if (gate.Format != WeightFormat.Plain && gate.Format == up.Format)
        {
            return SendQuantized(gate.Rows, gate.Columns, tiles, gate.Format, (tile, row, values, scales) =>
            {
                int from = (tile * 8) + (row % 8);
                if (from < gate.Rows)
                    (row < 8 ? gate : up).CopyStoredRowTo(from, values, scales);
                return from < gate.Rows;
            });
        }

        return SendTiles(gate.Rows, gate.Columns, tiles, HalfTypeOf(gate), (int tile, int row, out HostTensor matrix, out int from) =>
        {
            matrix = row < 8 ? gate : up;
            from = (tile * 8) + (row % 8);
            return from < matrix.Rows;
        });
    }

    private static HalfType HalfTypeOf(HostTensor weight) =>
        weight.Format == WeightFormat.Plain && weight.Type == ElementType.BF16 ? HalfType.BF16 : HalfType.F16;

    /// <inheritdoc/>
    protected override CudaMemory SendVector(ReadOnlySpan<float> values)
    {
        CudaMemory memory = Take(Math.Max(1, values.Length) * (long)sizeof(float));
        Send(memory.Pointer, MemoryMarshal.AsBytes(values));
        return memory;
    }

    /// <inheritdoc/>
    /// <remarks>Quantized where all are, in one format.</remarks>
    protected override CudaMatrix SendStacked(IReadOnlyList<HostTensor> parts)
    {
        int rows = parts.Sum(part => part.Rows);
        int columns = parts[0].Columns;
        WeightFormat format = parts[0].Format;
        if (format != WeightFormat.Plain && parts.All(part => part.Format == format))
        {
            return SendQuantized(rows, columns, TileRows.Tiles(rows), format, (tile, row, values, scales) =>
            {
                bool found = TryFind(parts, (tile * 16) + row, out HostTensor part, out int from);
                if (found)
                    part.CopyStoredRowTo(from, values, scales);
                return found;
            });
        }

        HalfType type = parts.All(part => HalfTypeOf(part) == HalfType.BF16) ? HalfType.BF16 : HalfType.F16;
        return SendTiles(rows, columns, TileRows.Tiles(rows), type, (int tile, int row, out HostTensor part, out int from) => TryFind(parts, (tile * 16) + row, out part, out from));
    }

    private static bool TryFind(IReadOnlyList<HostTensor> parts, int row, out HostTensor part, out int from)
    {
        from = row;
        foreach (HostTensor candidate in parts)
        {
            part = candidate;
            if (from < candidate.Rows)
                return true;
            from -= candidate.Rows;
        }

        part = default;
        return false;
    }

    /// <inheritdoc/>
    /// <remarks>Each is padded to whole tiles.</remarks>
    protected override CudaMatrix SendExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers)
    {
        HostTensor shape = layers[0].Weight;
        int tiles = TileRows.Tiles(shape.Rows);
        HalfType type = layers.All(layer => HalfTypeOf(layer.Weight) == HalfType.BF16) ? HalfType.BF16 : HalfType.F16;
        return SendTiles(shape.Rows, shape.Columns, tiles * layers.Count, type, (int tile, int row, out HostTensor matrix, out int from) =>
        {
            matrix = layers[tile / tiles].Weight;
            from = (tile % tiles * 16) + row;
            return from < shape.Rows;
        });
    }

    private CudaMatrix SendTiles(int rows, int columns, int tiles, HalfType type, TileRows.FindRow findRow)
    {
        CudaMemory memory = SendTiles(
            TileRows.Kernel,
            tiles,
            TileRows.TileBytes(columns),
            TileRows.Units(columns),
            (piece, firstTile) => TileRows.Write(piece, firstTile, columns, type, findRow));
        return new CudaMatrix(memory, rows, columns, tiles, type, WeightFormat.Plain);
    }

    private CudaMatrix SendQuantized(int rows, int columns, int tiles, WeightFormat format, QuantizedTileRows.ReadRow readRow)
    {
        CudaMemory memory = SendTiles(
            QuantizedTileRows.Kernel(format),
            tiles,
            QuantizedTileRows.TileBytes(format, columns),
            QuantizedTileRows.Units(format, columns),
            (piece, firstTile) => QuantizedTileRows.Write(piece, firstTile, format, columns, readRow));
        return new CudaMatrix(memory, rows, columns, tiles, HalfType.F16, format);
    }

    /// <summary>
    /// Sends rows tile by tile and has the card pack them, piece after piece: a copy, a kernel that takes the piece
    /// away, the next copy, in one stream. The host writes the next piece meanwhile, on all processors: one copies
    /// slower than a link takes it.
    /// </summary>
    private CudaMemory SendTiles(string kernel, int tiles, int tileBytes, int units, ParallelTiles.Write write)
    {
        long bytes = (long)tiles * tileBytes;
        CudaMemory memory = Take(Math.Max(1, bytes));
        if (bytes == 0)
            return memory;
        try
        {
            // A few sizes, so that the pool finds them again.
            using CudaMemory rows = Take(PowerOfTwo.AtLeast((int)Math.Min(StagingBytes, bytes)));
            lock (_stagingGate)
            {
                _staging.Upload(
                    rows.Pointer,
                    bytes,
                    tileBytes,
                    (piece, offset) =>
                        ParallelTiles.Run(piece, tileBytes, (int)(offset / tileBytes), Environment.ProcessorCount, write),
                    (piece, offset) =>
                        Repack(kernel, rows.Pointer, memory.Pointer + offset, piece / tileBytes, units));
            }

            // A kernel may ask for weights before it waits for the one before it. But none starts before a fill ahead of
            // it has ended, and no fill before the kernels ahead of it have.
            _driver.Fill(rows.Pointer, 0, 1, _stream);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private void Repack(string kernel, DevicePointer rows, DevicePointer fragments, int tiles, int units)
    {
        const int BlockUnits = 32;
        CudaLaunch launch = Begin(kernel, new CudaLaunchShape(tiles, 256, GridY: Blocks(units, BlockUnits)));
        launch.Add(rows);
        launch.Add(fragments);
        launch.Add(units);
        launch.Run(_stream);
    }

    /// <inheritdoc/>
    /// <remarks>16-bit numbers, row-major: the router's kernel reads it as it is.</remarks>
    protected override CudaMatrix SendRouterOutput(HostTensor fc2)
    {
        HalfType half = HalfTypeOf(fc2);
        ElementType type = half == HalfType.F16 ? ElementType.F16 : ElementType.BF16;
        CudaMemory memory = Take(fc2.Length * sizeof(ushort));
        var values = new float[fc2.Columns];
        var halves = new byte[fc2.Columns * sizeof(ushort)];
        for (int row = 0; row < fc2.Rows; row++)
        {
            fc2.CopyRowTo(row, values);
            FloatConversion.FromSingle(values, type, halves);
            Send(memory.Pointer + ((long)row * halves.Length), halves);
        }

        return new CudaMatrix(memory, fc2.Rows, fc2.Columns, tiles: 0, half, WeightFormat.Plain);
    }
}
