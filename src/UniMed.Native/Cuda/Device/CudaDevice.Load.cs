using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>Takes weights over: matrices repacked into fragment order while they travel, vectors as fp32.</summary>
internal sealed partial class CudaDevice
{
    /// <inheritdoc/>
    public override LinearWeights LoadLinear(HostTensor weight, HostTensor? bias)
    {
        Require.Weight(weight, nameof(weight));
        float[]? shift = bias is { } given ? Require.Widened(given, weight.Rows, nameof(bias)) : null;
        return new CudaLinearWeights(SendMatrix(weight), shift is null ? null : SendVector(shift));
    }

    /// <inheritdoc/>
    public override NormWeights LoadNorm(HostTensor weight, HostTensor? bias)
    {
        float[] scale = Require.Widened(weight, weight.Columns, nameof(weight));
        float[]? shift = bias is { } given ? Require.Widened(given, weight.Columns, nameof(bias)) : null;
        return new CudaNormWeights(SendVector(scale), shift is null ? null : SendVector(shift), weight.Columns);
    }

    /// <inheritdoc/>
    public override GatedWeights LoadGated(HostTensor gate, HostTensor up)
    {
        Require.Gated(gate, up);
        int tiles = FragmentOrder.GatedTiles(gate.Rows);
        if (gate.Format != WeightFormat.Plain && gate.Format == up.Format)
        {
            return new CudaGatedWeights(SendQuantized(gate.Rows, gate.Columns, tiles, gate.Format, (tile, row, values, scales) =>
            {
                int from = (tile * 8) + (row % 8);
                if (from < gate.Rows)
                    (row < 8 ? gate : up).CopyStoredRowTo(from, values, scales);
                return from < gate.Rows;
            }));
        }

        return new CudaGatedWeights(SendTiles(gate.Rows, gate.Columns, tiles, HalfTypeOf(gate), (int tile, int row, out HostTensor matrix, out int from) =>
        {
            matrix = row < 8 ? gate : up;
            from = (tile * 8) + (row % 8);
            return from < matrix.Rows;
        }));
    }

    /// <inheritdoc/>
    public override PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    {
        Require.PatchEmbedding(weight, positions, patchSize, grid);
        float[] shift = Require.Widened(bias, weight.Rows, nameof(bias));
        float[] first = Require.Widened(classToken, weight.Rows, nameof(classToken));
        return new CudaPatchEmbeddingWeights(SendMatrix(weight), SendVector(shift), SendVector(first), SendVector(positions.ToSingleArray()), patchSize, grid);
    }

    /// <inheritdoc/>
    public override RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        Require.Router(fc1, fc2);
        HostTensor task = fc1.SliceColumns(0, taskColumns);
        HostTensor token = fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns);
        float[] first = Require.Widened(fc1Bias, fc1.Rows, nameof(fc1Bias));
        float[] second = Require.Widened(fc2Bias, fc2.Rows, nameof(fc2Bias));
        return new CudaRouterWeights(SendMatrix(task), SendMatrix(token), SendVector(first), SendHalves(fc2), SendVector(second), fc2.Rows, HalfTypeOf(fc2));
    }

    /// <inheritdoc/>
    public override ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    {
        Require.Experts(first, second);
        int hidden = first[0].Weight.Rows;
        // Everything is checked before memory is taken.
        float[] firstBias = [.. first.SelectMany(layer => Require.Widened(layer.Bias, layer.Weight.Rows, nameof(first)))];
        float[] secondBias = [.. second.SelectMany(layer => Require.Widened(layer.Bias, layer.Weight.Rows, nameof(second)))];
        return new CudaExpertWeights(
            SendStack(first),
            SendVector(firstBias),
            second.Count == 0 ? null : SendStack(second),
            second.Count == 0 ? null : SendVector(secondBias),
            first.Count,
            hidden,
            second.Count == 0 ? hidden : second[0].Weight.Rows);
    }

    private static HalfType HalfTypeOf(HostTensor weight) =>
        weight.Format == WeightFormat.Plain && weight.Type == ElementType.BF16 ? HalfType.BF16 : HalfType.F16;

    private CudaMemory SendVector(ReadOnlySpan<float> values)
    {
        CudaMemory memory = Take(Math.Max(1, values.Length) * (long)sizeof(float));
        Send(memory.Pointer, MemoryMarshal.AsBytes(values));
        return memory;
    }

    private CudaMatrix SendMatrix(HostTensor weight)
    {
        int tiles = FragmentOrder.Tiles(weight.Rows);
        if (weight.Format == WeightFormat.Plain)
        {
            return SendTiles(weight.Rows, weight.Columns, tiles, HalfTypeOf(weight), (int tile, int row, out HostTensor matrix, out int from) =>
            {
                matrix = weight;
                from = (tile * 16) + row;
                return from < weight.Rows;
            });
        }

        return SendQuantized(weight.Rows, weight.Columns, tiles, weight.Format, (tile, row, values, scales) =>
        {
            int from = (tile * 16) + row;
            if (from < weight.Rows)
                weight.CopyStoredRowTo(from, values, scales);
            return from < weight.Rows;
        });
    }

    /// <summary>Matrices over the same columns as one, their rows one after the other; quantized where all are, in one format.</summary>
    private CudaMatrix SendStacked(IReadOnlyList<HostTensor> parts)
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

    /// <summary>Matrices of one shape, each padded to whole tiles, one after the other.</summary>
    private CudaMatrix SendStack(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers)
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
        CudaMemory memory = SendTiles(tiles, tileBytes, (piece, offset) => FragmentOrder.Pack(piece, (int)(offset / tileBytes), columns, type, findRow));
        return new CudaMatrix(memory, rows, columns, tiles, type, WeightFormat.Plain);
    }

    private CudaMatrix SendQuantized(int rows, int columns, int tiles, WeightFormat format, QuantizedFragmentOrder.ReadRow readRow)
    {
        int tileBytes = QuantizedFragmentOrder.TileBytes(format, columns);
        CudaMemory memory = SendTiles(tiles, tileBytes, (piece, offset) => QuantizedFragmentOrder.Pack(piece, (int)(offset / tileBytes), format, columns, readRow));
        return new CudaMatrix(memory, rows, columns, tiles, HalfType.F16, format);
    }

    private CudaMemory SendTiles(int tiles, int tileBytes, PinnedStaging.Fill fill)
    {
        long bytes = (long)tiles * tileBytes;
        CudaMemory memory = Take(Math.Max(1, bytes));
        if (bytes > 0)
        {
            lock (_stagingGate)
                _staging.Upload(memory.Pointer, bytes, tileBytes, fill);
        }

        return memory;
    }

    /// <summary>A matrix of 16-bit numbers, row-major.</summary>
    private CudaMemory SendHalves(HostTensor weight)
    {
        ElementType type = HalfTypeOf(weight) == HalfType.F16 ? ElementType.F16 : ElementType.BF16;
        CudaMemory memory = Take(Math.Max(1, weight.Length * sizeof(ushort)));
        var values = new float[weight.Columns];
        var halves = new byte[weight.Columns * sizeof(ushort)];
        for (int row = 0; row < weight.Rows; row++)
        {
            weight.CopyRowTo(row, values);
            FloatConversion.FromSingle(values, type, halves);
            Send(memory.Pointer + ((long)row * halves.Length), halves);
        }

        return memory;
    }
}
