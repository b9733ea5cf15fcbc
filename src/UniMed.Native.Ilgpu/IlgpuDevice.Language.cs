using ILGPU;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>LLaMA's own operations: <see cref="AttentionKernels"/>, <see cref="CacheKernels"/>, <see cref="RowKernels"/>.</summary>
internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override KvCache CreateKvCacheCore(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        Int128 blockLength = (Int128)2 * kvHeads * blockSize * headDim;
        // Places of positions and numbers of a block are 32-bit integers in the kernels.
        if (blockLength > int.MaxValue || (Int128)blocks * blockSize > int.MaxValue || blockLength * blocks * layers * sizeof(float) > long.MaxValue)
            throw new InsufficientMemoryException($"A cache of {layers} layers x {blocks} blocks x {blockSize} positions x {kvHeads} heads of {headDim} does not fit any memory.");
        var memory = new List<IlgpuMemory>();
        try
        {
            for (int layer = 0; layer < layers; layer++)
                memory.Add(Take((long)blockLength * blocks * sizeof(float)));
        }
        catch
        {
            memory.ForEach(layer => layer.Dispose());
            throw;
        }

        return new IlgpuKvCache(this, [.. memory], kvHeads, headDim, blocks, blockSize);
    }

    /// <inheritdoc/>
    protected override void CopyKvBlocksCore(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        var pages = (IlgpuKvCache)cache;
        var pairs = new int[2 * sources.Length];
        for (int i = 0; i < sources.Length; i++)
            (pairs[2 * i], pairs[(2 * i) + 1]) = (sources[i], destinations[i]);
        using IlgpuMemory indices = Sent<int>(pairs);
        for (int layer = 0; layer < pages.Layers; layer++)
        {
            ArrayView<float> memory = pages.Layer(layer);
            Launch(
                _kernels.CopyBlocks,
                new Index3D(Blocks(pages.BlockLength, _kernels.Threads * CacheKernels.CopiedByThread), sources.Length, 1),
                new RowArguments { Input = memory, Other = memory, Third = memory, Words = memory.Cast<uint>(), Indices = indices.View<int>(), Output = memory, Columns = pages.BlockLength });
        }
    }

    /// <inheritdoc/>
    protected override void QkvRotaryCore(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        var own = (PackedQkv)weights;
        var pages = (IlgpuKvCache)cache;
        ArrayView<float> from = At(input);
        ArrayView<float> to = At(query);
        using IlgpuMemory projected = Take((long)batch.Rows * own.Matrix.Rows * sizeof(float));
        lock (_gate)
        {
            ArrayView<int> sent = SendBatch(batch, pages);
            Product(own.Matrix, Arguments(own.Matrix, null, from, projected.View<float>(), batch.Rows), 1);
            CausalArguments arguments = CacheArguments(batch, sent, pages, layer, to, to, own.Heads);
            arguments.Projected = projected.View<float>();
            arguments.Cos = own.Cos.View<float>();
            arguments.Sin = own.Sin.View<float>();
            Launch(_kernels.QkvRotary, new Index3D(batch.Rows, 1, 1), arguments);
        }
    }

    /// <inheritdoc/>
    protected override void PrefillAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        var pages = (IlgpuKvCache)cache;
        int heads = query.Columns / pages.HeadDim;
        RequireHead(pages.HeadDim, nameof(cache));
        ArrayView<float> from = At(query);
        ArrayView<float> to = At(output);
        lock (_gate)
        {
            ArrayView<int> sent = SendBatch(batch, pages);
            Launch(
                _kernels.PrefillAttention,
                new Index3D(Blocks(extent.MaxRows, AttentionKernels.TileRows), heads, batch.Sequences),
                CacheArguments(batch, sent, pages, layer, from, to, heads));
        }
    }

    /// <inheritdoc/>
    protected override void DecodeAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        var pages = (IlgpuKvCache)cache;
        int heads = query.Columns / pages.HeadDim;
        RequireHead(pages.HeadDim, nameof(cache));
        ArrayView<float> from = At(query);
        ArrayView<float> to = At(output);
        lock (_gate)
        {
            ArrayView<int> sent = SendBatch(batch, pages);
            int units = Blocks(extent.MaxPositions, AttentionKernels.UnitPositions);
            using IlgpuMemory parts = Take((long)batch.Sequences * heads * units * (pages.HeadDim + 2) * sizeof(float));
            CausalArguments arguments = CacheArguments(batch, sent, pages, layer, from, to, heads);
            arguments.Units = parts.View<float>();
            arguments.MaxUnits = units;
            Launch(_kernels.DecodeUnits, new Index3D(Blocks(units, AttentionKernels.GroupUnits), heads, batch.Sequences), arguments);
            Launch(_kernels.DecodeCombine, new Index3D(heads, batch.Sequences, 1), arguments);
        }
    }

    /// <inheritdoc/>
    protected override void EmbedCore(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        var own = (IlgpuEmbeddingWeights)weights;
        ArrayView<float> to = At(output);
        ArrayView<float> visual = visualTokens is { } tokens ? At(tokens) : to;
        using IlgpuMemory picked = Sent(ids);
        Launch(
            _kernels.Embed[(int)own.Format],
            new Index3D(ids.Length, 1, 1),
            new RowArguments { Input = visual, Other = to, Third = to, Words = own.Words.View<uint>(), Indices = picked.View<int>(), Output = to, Columns = own.Hidden, First = own.RowWords });
    }

    /// <inheritdoc/>
    protected override void GatherRowsCore(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        ArrayView<float> from = At(input);
        ArrayView<float> to = At(output);
        using IlgpuMemory picked = Sent(rows);
        Launch(
            _kernels.Gather,
            new Index3D(rows.Length, 1, 1),
            new RowArguments { Input = from, Other = from, Third = from, Words = picked.View<uint>(), Indices = picked.View<int>(), Output = to, Columns = input.Columns });
    }

    /// <summary>Sends a batch that was checked, unless the last one was the same. The caller holds the lock until its kernels are asked for.</summary>
    private ArrayView<int> SendBatch(AttentionBatch batch, IlgpuKvCache cache)
    {
        if (_sentBatch is { } sent && _sentBlockSize == cache.BlockSize && _sentNumbers.Are(batch))
            return sent.View<int>();
        _sentBatch?.Dispose();
        _sentBatch = null;
        int fixedLength = batch.RowOffsets.Length + batch.StartPositions.Length + batch.BlockTables.Length;
        var numbers = new int[fixedLength + (2 * batch.Rows)];
        batch.RowOffsets.CopyTo(numbers);
        batch.StartPositions.CopyTo(numbers.AsSpan(batch.RowOffsets.Length));
        batch.BlockTables.CopyTo(numbers.AsSpan(batch.RowOffsets.Length + batch.StartPositions.Length));
        for (int s = 0; s < batch.Sequences; s++)
        {
            int first = batch.RowOffsets[s];
            for (int row = 0; row < batch.RowOffsets[s + 1] - first; row++)
            {
                int position = batch.StartPositions[s] + row;
                int block = batch.BlockTables[(s * batch.BlocksPerSequence) + (position / cache.BlockSize)];
                int at = fixedLength + (2 * (first + row));
                (numbers[at], numbers[at + 1]) = (position, (block * cache.BlockSize) + (position % cache.BlockSize));
            }
        }

        _sentBatch = Sent<int>(numbers);
        _sentBlockSize = cache.BlockSize;
        _sentNumbers.Keep(batch);
        return _sentBatch.View<int>();
    }

    private static CausalArguments CacheArguments(AttentionBatch batch, ArrayView<int> numbers, IlgpuKvCache pages, int layer, ArrayView<float> query, ArrayView<float> output, int heads)
    {
        CausalArguments arguments = Attention(query, pages.Layer(layer), output, numbers);
        int starts = batch.RowOffsets.Length;
        int tables = starts + batch.StartPositions.Length;
        arguments.RowOffsets = numbers.SubView(0, starts);
        arguments.StartPositions = numbers.SubView(starts, batch.StartPositions.Length);
        arguments.BlockTables = numbers.SubView(tables, batch.BlockTables.Length);
        arguments.Places = numbers.SubView(tables + batch.BlockTables.Length, 2 * batch.Rows);
        arguments.BlocksPerSequence = batch.BlocksPerSequence;
        arguments.Heads = heads;
        arguments.KvHeads = pages.KvHeads;
        arguments.HeadDim = pages.HeadDim;
        arguments.BlockSize = pages.BlockSize;
        arguments.Sequences = batch.Sequences;
        return arguments;
    }
}
