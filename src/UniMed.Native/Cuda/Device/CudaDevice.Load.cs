using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>Takes weights over: matrices repacked into fragment order while they travel, vectors as fp32.</summary>
internal sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected override CudaMatrix SendGated(HostTensor gate, HostTensor up)
    {
        int tiles = FragmentOrder.GatedTiles(gate.Rows);
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
            return SendQuantized(rows, columns, FragmentOrder.Tiles(rows), format, (tile, row, values, scales) =>
            {
                bool found = TryFind(parts, (tile * 16) + row, out HostTensor part, out int from);
                if (found)
                    part.CopyStoredRowTo(from, values, scales);
                return found;
            });
        }

        HalfType type = parts.All(part => HalfTypeOf(part) == HalfType.BF16) ? HalfType.BF16 : HalfType.F16;
        return SendTiles(rows, columns, FragmentOrder.Tiles(rows), type, (int tile, int row, out HostTensor part, out int from) => TryFind(parts, (tile * 16) + row, out part, out from));
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
        int tiles = FragmentOrder.Tiles(shape.Rows);
        HalfType type = layers.All(layer => HalfTypeOf(layer.Weight) == HalfType.BF16) ? HalfType.BF16 : HalfType.F16;
        return SendTiles(shape.Rows, shape.Columns, tiles * layers.Count, type, (int tile, int row, out HostTensor matrix, out int from) =>
        {
            matrix = layers[tile / tiles].Weight;
            from = (tile % tiles * 16) + row;
            return from < shape.Rows;
        });
    }

    private CudaMatrix SendTiles(int rows, int columns, int tiles, HalfType type, FragmentOrder.FindRow findRow)
    {
        int tileBytes = FragmentOrder.TileBytes(columns);
        CudaMemory memory = SendTiles(tiles, tileBytes, (piece, firstTile) => FragmentOrder.Pack(piece, firstTile, columns, type, findRow));
        return new CudaMatrix(memory, rows, columns, tiles, type, WeightFormat.Plain);
    }

    private CudaMatrix SendQuantized(int rows, int columns, int tiles, WeightFormat format, QuantizedFragmentOrder.ReadRow readRow)
    {
        int tileBytes = QuantizedFragmentOrder.TileBytes(format, columns);
        CudaMemory memory = SendTiles(tiles, tileBytes, (piece, firstTile) => QuantizedFragmentOrder.Pack(piece, firstTile, format, columns, readRow));
        return new CudaMatrix(memory, rows, columns, tiles, HalfType.F16, format);
    }

    // On all processors: a model's weights pass through here once, and one processor packs them slower than a link takes them.
    private CudaMemory SendTiles(int tiles, int tileBytes, ParallelTiles.Pack pack)
    {
        long bytes = (long)tiles * tileBytes;
        CudaMemory memory = Take(Math.Max(1, bytes));
        if (bytes > 0)
        {
            lock (_stagingGate)
                _staging.Upload(memory.Pointer, bytes, tileBytes, (piece, offset) => ParallelTiles.Run(piece, tileBytes, (int)(offset / tileBytes), Environment.ProcessorCount, pack));
        }

        return memory;
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
