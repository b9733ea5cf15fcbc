namespace UniMed.Native.Cuda;

/// <summary>LLaMA's own operations: native/cuda/language.</summary>
internal sealed partial class CudaDevice
{
    private const int LargestHead = 128;
    private const int UnitSlots = 32;
    private const int LeastStepUnits = 8;

    /// <inheritdoc/>
    public override QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        Require.Qkv(query, key, value, heads, kvHeads, rotary);
        int headDim = rotary.HeadDim;
        var cos = new float[rotary.Positions * (headDim / 2)];
        var sin = new float[cos.Length];
        for (int position = 0; position < rotary.Positions; position++)
        {
            rotary.Cos(position).CopyTo(cos.AsSpan(position * (headDim / 2)));
            rotary.Sin(position).CopyTo(sin.AsSpan(position * (headDim / 2)));
        }

        return new CudaQkvWeights(SendStacked([query, key, value]), SendVector(cos), SendVector(sin), heads, kvHeads, headDim, rotary.Positions);
    }

    /// <inheritdoc/>
    public override EmbeddingWeights LoadEmbedding(HostTensor table)
    {
        Require.Float(table, nameof(table));
        ElementType type = table.Type == ElementType.F64 ? ElementType.F32 : table.Type;
        CudaMemory memory = Take(Math.Max(1, table.Length * type.Size()));
        var values = new float[table.Columns];
        var stored = new byte[table.Columns * type.Size()];
        for (int row = 0; row < table.Rows; row++)
        {
            table.CopyRowTo(row, values);
            FloatConversion.FromSingle(values, type, stored);
            Send(memory.Pointer + ((long)row * stored.Length), stored);
        }

        return new CudaEmbeddingWeights(memory, type, table.Rows, table.Columns);
    }

    /// <inheritdoc/>
    public override KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        Require.CacheSizes(layers, kvHeads, headDim, blocks, blockSize);
        Int128 bytes = (Int128)layers * blocks * kvHeads * (blockSize + 7L) * (headDim + 7L) * 2 * sizeof(ushort);
        if (bytes > long.MaxValue)
            throw new InsufficientMemoryException($"A cache of {layers} layers x {blocks} blocks x {blockSize} positions x {kvHeads} heads of {headDim} does not fit any memory.");
        CudaMemory memory = Take(layers * (long)blocks * CudaKvCache.BytesOfBlock(kvHeads, headDim, blockSize));
        // Products run over whole pieces of eight channels, so what fills a key up must be zeros.
        if (headDim % 8 != 0)
            _driver.Fill(memory.Pointer, 0, memory.Bytes, _stream);
        return new CudaKvCache(this, memory, layers, kvHeads, headDim, blocks, blockSize);
    }

    /// <inheritdoc/>
    public override void CopyKvBlocks(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        CudaKvCache pages = Own(cache);
        Require.BlockCopies(cache, sources, destinations);
        if (sources.Length == 0)
            return;
        using CudaScratch from = SendIntegers(sources);
        using CudaScratch to = SendIntegers(destinations);
        int pieces = checked((int)(pages.BlockBytes / 16));
        CudaLaunch launch = Begin("copy_blocks", new CudaLaunchShape(Blocks(pieces, 1024), 256, sources.Length, pages.Layers));
        launch.Add(pages.Layer(0));
        launch.Add(from.Pointer);
        launch.Add(to.Pointer);
        launch.Add(pages.Blocks);
        launch.Add(pieces);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void QkvRotary(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        var own = Own<CudaQkvWeights>(weights);
        CudaKvCache pages = Own(cache);
        Require.Shape(input, batch.Rows, own.Matrix.Columns, nameof(input));
        Require.Shape(query, batch.Rows, (long)own.Heads * own.HeadDim, nameof(query));
        if (pages.KvHeads != own.KvHeads || pages.HeadDim != own.HeadDim)
            throw new ArgumentException($"The cache holds {pages.KvHeads} heads of {pages.HeadDim}, the layer has {own.KvHeads} of {own.HeadDim}.", nameof(cache));
        DevicePointer from = At(input);
        DevicePointer to = At(query);
        using CudaBatch rows = SendBatch(batch, pages, layer, own.Positions);
        if (batch.Rows == 0)
            return;
        using CudaScratch projected = Scratch((long)batch.Rows * own.Matrix.Rows * sizeof(float));
        Product(own.Matrix, DevicePointer.Null, from, DevicePointer.Null, projected.Pointer, batch.Rows, (int)Activation.None);
        int turning = Blocks((own.Heads + own.KvHeads) * (long)Blocks(own.HeadDim, 8), 128);
        CudaLaunch launch = Begin("qkv_rotary", new CudaLaunchShape(batch.Rows, 128, turning + Blocks((long)own.KvHeads * own.HeadDim, 128)));
        launch.Add(projected.Pointer);
        launch.Add(own.Cos.Pointer);
        launch.Add(own.Sin.Pointer);
        launch.Add(rows.RowOffsets);
        launch.Add(rows.StartPositions);
        launch.Add(rows.BlockTables);
        launch.Add(to);
        launch.Add(pages.Layer(layer));
        launch.Add(batch.Sequences);
        launch.Add(rows.TableWidth);
        launch.Add(own.Heads);
        launch.Add(own.KvHeads);
        launch.Add(own.HeadDim);
        launch.Add(pages.BlockSize);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void PrefillAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        CudaKvCache pages = Own(cache);
        int heads = Heads(query, pages);
        Require.Shape(query, batch.Rows, query.Columns, nameof(query));
        Require.Shape(output, batch.Rows, query.Columns, nameof(output));
        DevicePointer from = At(query);
        DevicePointer to = At(output);
        using CudaBatch rows = SendBatch(batch, pages, layer, int.MaxValue);
        if (batch.Rows == 0)
            return;
        CudaLaunch launch = Begin("prefill_attention", new CudaLaunchShape(Blocks(rows.Extent.MostRows, 64), 128, heads, batch.Sequences));
        launch.Add(from);
        launch.Add(pages.Layer(layer));
        launch.Add(rows.RowOffsets);
        launch.Add(rows.StartPositions);
        launch.Add(rows.BlockTables);
        launch.Add(to);
        launch.Add(rows.TableWidth);
        launch.Add(heads);
        launch.Add(pages.KvHeads);
        launch.Add(pages.HeadDim);
        launch.Add(pages.BlockSize);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void DecodeAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        CudaKvCache pages = Own(cache);
        int heads = Heads(query, pages);
        Require.OneRowEach(batch);

        Require.Shape(query, batch.Rows, query.Columns, nameof(query));
        Require.Shape(output, batch.Rows, query.Columns, nameof(output));
        DevicePointer from = At(query);
        DevicePointer to = At(output);
        using CudaBatch rows = SendBatch(batch, pages, layer, int.MaxValue);
        if (batch.Rows == 0)
            return;
        int lastSlot = ((rows.Extent.Longest - 1) / pages.BlockSize * pages.Slots) + ((rows.Extent.Longest - 1) % pages.BlockSize);
        int units = Blocks(lastSlot + 1, UnitSlots);
        // A step is the same launches until its longest sequence doubles: kernels read how many units there are from the card.
        if (Step is not null)
            units = PowerOfTwo.AtLeast(Math.Max(LeastStepUnits, units));
        using CudaScratch vectors = Scratch((long)batch.Sequences * heads * units * pages.HeadDim * sizeof(float));
        using CudaScratch weights = Scratch((long)batch.Sequences * heads * units * 2 * sizeof(float));
        CudaLaunch launch = Begin("decode_attention", new CudaLaunchShape(Blocks(units, 4), 128, pages.KvHeads * Blocks(heads / pages.KvHeads, 16), batch.Sequences));
        launch.Add(from);
        launch.Add(pages.Layer(layer));
        launch.Add(rows.RowOffsets);
        launch.Add(rows.StartPositions);
        launch.Add(rows.BlockTables);
        launch.Add(vectors.Pointer);
        launch.Add(weights.Pointer);
        launch.Add(rows.TableWidth);
        launch.Add(units);
        launch.Add(heads);
        launch.Add(pages.KvHeads);
        launch.Add(pages.HeadDim);
        launch.Add(pages.BlockSize);
        Run(launch);
        CudaLaunch combine = Begin("decode_combine", new CudaLaunchShape(Blocks(heads, 4), 128, batch.Sequences));
        combine.Add(vectors.Pointer);
        combine.Add(weights.Pointer);
        combine.Add(rows.RowOffsets);
        combine.Add(rows.StartPositions);
        combine.Add(to);
        combine.Add(units);
        combine.Add(heads);
        combine.Add(pages.HeadDim);
        combine.Add(pages.BlockSize);
        Run(combine);
    }

    /// <inheritdoc/>
    public override void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        var own = Own<CudaEmbeddingWeights>(weights);
        Require.Shape(output, ids.Length, own.Columns, nameof(output));
        if (visualTokens is { } given)
            Require.Shape(given, given.Rows, own.Columns, nameof(visualTokens));
        foreach (int id in ids)
        {
            if (id >= own.Rows)
                throw new ArgumentException($"Token id {id} in a vocabulary of {own.Rows}.", nameof(ids));
            if (id < 0 && ~id >= (visualTokens?.Rows ?? 0))
                throw new ArgumentException($"Visual token {~id} of {visualTokens?.Rows ?? 0}.", nameof(ids));
        }

        DevicePointer visual = visualTokens is { } tokens ? At(tokens) : DevicePointer.Null;
        DevicePointer to = At(output);
        if (ids.Length == 0)
            return;
        using CudaScratch picked = SendIntegers(ids);
        CudaLaunch launch = Begin(own.Type switch { ElementType.F16 => "embed_f16", ElementType.BF16 => "embed_bf16", _ => "embed_f32" }, new CudaLaunchShape(ids.Length, 256, Math.Max(1, Blocks(own.Columns, 1024))));
        launch.Add(own.Table.Pointer);
        launch.Add(visual);
        launch.Add(picked.Pointer);
        launch.Add(to);
        launch.Add(own.Columns);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        Require.Shape(output, rows.Length, input.Columns, nameof(output));
        foreach (int row in rows)
        {
            if ((uint)row >= (uint)input.Rows)
                throw new ArgumentException($"Row {row} of {input.Rows}.", nameof(rows));
        }

        DevicePointer from = At(input);
        DevicePointer to = At(output);
        if (rows.Length == 0)
            return;
        using CudaScratch picked = SendIntegers(rows);
        CudaLaunch launch = Begin("gather_rows", new CudaLaunchShape(rows.Length, 256, Math.Max(1, Blocks(input.Columns, 1024))));
        launch.Add(from);
        launch.Add(picked.Pointer);
        launch.Add(to);
        launch.Add(input.Columns);
        Run(launch);
    }

    private CudaKvCache Own(KvCache cache) =>
        cache is CudaKvCache own && ReferenceEquals(own.Device, this)
            ? own
            : throw new ArgumentException($"The cache was made by another device ({cache?.GetType().Name ?? "null"}).");

    /// <summary>Checks a batch against the cache and sends what the kernels read of it; a step does both once for all its layers.</summary>
    private CudaBatch SendBatch(AttentionBatch batch, CudaKvCache cache, int layer, int positions)
    {
        if (Step is { } running && running.TryGetBatch(batch, cache, out CudaBatch known))
        {
            // Another layer of the cache that the batch was checked against.
            Require.Layer(cache, layer);
            _ = cache.Layer(layer);
            Require.Positions(batch, known.Extent, positions);
            return known;
        }

        BatchExtent extent = Require.Batch(batch, cache, layer);
        Require.Positions(batch, extent, positions);
        _ = cache.Layer(layer);
        return Step is { } step
            ? step.PlaceBatch(batch, cache, extent)
            : new CudaBatch(SendIntegers(batch.RowOffsets), SendIntegers(batch.StartPositions), SendIntegers(batch.BlockTables), batch.BlocksPerSequence, extent);
    }

    private static int Heads(Tensor query, CudaKvCache cache)
    {
        int heads = query.Columns / cache.HeadDim;
        if (heads == 0 || heads * cache.HeadDim != query.Columns || heads % cache.KvHeads != 0)
            throw new ArgumentException($"{query.Columns} channels do not split into heads of {cache.HeadDim} over {cache.KvHeads} kv heads.", nameof(query));
        return cache.HeadDim <= LargestHead
            ? heads
            : throw new ArgumentException($"The CUDA device's attention takes heads of up to {LargestHead} channels, not {cache.HeadDim}.", nameof(cache));
    }
}
