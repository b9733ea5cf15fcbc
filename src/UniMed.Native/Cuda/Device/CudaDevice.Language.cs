using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>LLaMA's own operations: native/cuda/language.</summary>
internal sealed partial class CudaDevice
{
    private const int MaxHeadDim = 128;
    private const int UnitSlots = 32;
    private const int MinStepUnits = 8;

    /// <inheritdoc/>
    protected override EmbeddingWeights LoadEmbeddingCore(HostTensor table)
    {
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

        return new CudaEmbeddingWeights(this, memory, type, table.Rows, table.Columns);
    }

    /// <inheritdoc/>
    protected override KvCache CreateKvCacheCore(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
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
    protected override void CopyKvBlocksCore(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        var pages = (CudaKvCache)cache;
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
    protected override void QkvRotaryCore(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        var own = (PackedQkv)weights;
        var pages = (CudaKvCache)cache;
        DevicePointer from = At(input);
        DevicePointer to = At(query);
        using CudaBatch rows = SendBatch(batch);
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
    protected override void PrefillAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        var pages = (CudaKvCache)cache;
        int heads = query.Columns / pages.HeadDim;
        RequireHead(pages.HeadDim, nameof(cache));
        DevicePointer from = At(query);
        DevicePointer to = At(output);
        using CudaBatch rows = SendBatch(batch);
        CudaLaunch launch = Begin("prefill_attention", new CudaLaunchShape(Blocks(extent.MaxRows, 64), 128, heads, batch.Sequences));
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
    protected override void DecodeAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        var pages = (CudaKvCache)cache;
        int heads = query.Columns / pages.HeadDim;
        RequireHead(pages.HeadDim, nameof(cache));
        DevicePointer from = At(query);
        DevicePointer to = At(output);
        using CudaBatch rows = SendBatch(batch);
        int lastSlot = ((extent.MaxPositions - 1) / pages.BlockSize * pages.Slots) + ((extent.MaxPositions - 1) % pages.BlockSize);
        int units = Blocks(lastSlot + 1, UnitSlots);
        // A step is the same launches until its longest sequence doubles: kernels read how many units there are from the card.
        if (Step is not null)
            units = PowerOfTwo.AtLeast(Math.Max(MinStepUnits, units));
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
    protected override void EmbedCore(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        var own = (CudaEmbeddingWeights)weights;
        DevicePointer visual = visualTokens is { } tokens ? At(tokens) : DevicePointer.Null;
        DevicePointer to = At(output);
        using CudaScratch picked = SendIntegers(ids);
        CudaLaunch launch = Begin(own.Type switch { ElementType.F16 => "embed_f16", ElementType.BF16 => "embed_bf16", _ => "embed_f32" }, new CudaLaunchShape(ids.Length, 256, Math.Max(1, Blocks(own.Hidden, 1024))));
        launch.Add(own.Table.Pointer);
        launch.Add(visual);
        launch.Add(picked.Pointer);
        launch.Add(to);
        launch.Add(own.Hidden);
        Run(launch);
    }

    /// <inheritdoc/>
    protected override void GatherRowsCore(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        DevicePointer from = At(input);
        DevicePointer to = At(output);
        using CudaScratch picked = SendIntegers(rows);
        CudaLaunch launch = Begin("gather_rows", new CudaLaunchShape(rows.Length, 256, Math.Max(1, Blocks(input.Columns, 1024))));
        launch.Add(from);
        launch.Add(picked.Pointer);
        launch.Add(to);
        launch.Add(input.Columns);
        Run(launch);
    }

    /// <summary>Sends what the kernels read of a batch; a step does it once for all its layers.</summary>
    private CudaBatch SendBatch(AttentionBatch batch) => Step is { } step
        ? step.Place(batch)
        : new CudaBatch(SendIntegers(batch.RowOffsets), SendIntegers(batch.StartPositions), SendIntegers(batch.BlockTables), batch.BlocksPerSequence);

    private static void RequireHead(int headDim, string name)
    {
        if (headDim > MaxHeadDim)
            throw new ArgumentException($"The CUDA device's attention takes heads of up to {MaxHeadDim} channels, not {headDim}.", name);
    }
}
