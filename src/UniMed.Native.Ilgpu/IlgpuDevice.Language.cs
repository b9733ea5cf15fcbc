using ILGPU;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>LLaMA's own operations: <see cref="AttentionKernels"/>, <see cref="CacheKernels"/>, <see cref="RowKernels"/>.</summary>
internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    public override KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        Require.CacheSizes(layers, kvHeads, headDim, blocks, blockSize);
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
    public override void CopyKvBlocks(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        IlgpuKvCache pages = Own(cache);
        Require.BlockCopies(cache, sources, destinations);
        _ = pages.Layer(0);
        if (sources.Length == 0)
            return;
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
    public override void QkvRotary(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        var own = Own<IlgpuQkvWeights>(weights);
        IlgpuKvCache pages = Own(cache);
        Require.Shape(input, batch.Rows, own.Matrix.Columns, nameof(input));
        Require.Shape(query, batch.Rows, (long)own.Heads * own.HeadDim, nameof(query));
        if (pages.KvHeads != own.KvHeads || pages.HeadDim != own.HeadDim)
            throw new ArgumentException($"The cache holds {pages.KvHeads} heads of {pages.HeadDim}, the layer has {own.KvHeads} of {own.HeadDim}.", nameof(cache));
        ArrayView<float> from = At(input);
        ArrayView<float> to = At(query);
        CheckBatch(batch, pages, layer, own.Positions);
        if (batch.Rows == 0)
            return;
        using IlgpuMemory projected = Take((long)batch.Rows * own.Matrix.Rows * sizeof(float));
        lock (_gate)
        {
            IlgpuBatch sent = SendBatch(batch, pages);
            Product(own.Matrix, Arguments(own.Matrix, null, from, projected.View<float>(), batch.Rows), 1);
            CausalArguments arguments = CacheArguments(batch, sent, pages, layer, to, to, own.Heads);
            arguments.Projected = projected.View<float>();
            arguments.Cos = own.Cos.View<float>();
            arguments.Sin = own.Sin.View<float>();
            Launch(_kernels.QkvRotary, new Index3D(batch.Rows, 1, 1), arguments);
        }
    }

    /// <inheritdoc/>
    public override void PrefillAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        IlgpuKvCache pages = Own(cache);
        int heads = Heads(query, pages);
        Require.Shape(query, batch.Rows, query.Columns, nameof(query));
        Require.Shape(output, batch.Rows, query.Columns, nameof(output));
        ArrayView<float> from = At(query);
        ArrayView<float> to = At(output);
        CheckBatch(batch, pages, layer, int.MaxValue);
        if (batch.Rows == 0)
            return;
        lock (_gate)
        {
            IlgpuBatch sent = SendBatch(batch, pages);
            Launch(
                _kernels.PrefillAttention,
                new Index3D(Blocks(sent.MostRows, AttentionKernels.TileRows), heads, batch.Sequences),
                CacheArguments(batch, sent, pages, layer, from, to, heads));
        }
    }

    /// <inheritdoc/>
    public override void DecodeAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        IlgpuKvCache pages = Own(cache);
        int heads = Heads(query, pages);
        Require.OneRowEach(batch);

        Require.Shape(query, batch.Rows, query.Columns, nameof(query));
        Require.Shape(output, batch.Rows, query.Columns, nameof(output));
        ArrayView<float> from = At(query);
        ArrayView<float> to = At(output);
        CheckBatch(batch, pages, layer, int.MaxValue);
        if (batch.Rows == 0)
            return;
        lock (_gate)
        {
            IlgpuBatch sent = SendBatch(batch, pages);
            int units = Blocks(sent.Longest, AttentionKernels.UnitPositions);
            using IlgpuMemory parts = Take((long)batch.Sequences * heads * units * (pages.HeadDim + 2) * sizeof(float));
            CausalArguments arguments = CacheArguments(batch, sent, pages, layer, from, to, heads);
            arguments.Units = parts.View<float>();
            arguments.MostUnits = units;
            Launch(_kernels.DecodeUnits, new Index3D(Blocks(units, AttentionKernels.GroupUnits), heads, batch.Sequences), arguments);
            Launch(_kernels.DecodeCombine, new Index3D(heads, batch.Sequences, 1), arguments);
        }
    }

    /// <inheritdoc/>
    public override void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        var own = Own<IlgpuEmbeddingWeights>(weights);
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

        ArrayView<float> to = At(output);
        ArrayView<float> visual = visualTokens is { } tokens ? At(tokens) : to;
        if (ids.Length == 0)
            return;
        using IlgpuMemory picked = Sent(ids);
        Launch(
            _kernels.Embed[(int)own.Format],
            new Index3D(ids.Length, 1, 1),
            new RowArguments { Input = visual, Other = to, Third = to, Words = own.Words.View<uint>(), Indices = picked.View<int>(), Output = to, Columns = own.Columns, First = own.RowWords });
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

        ArrayView<float> from = At(input);
        ArrayView<float> to = At(output);
        if (rows.Length == 0)
            return;
        using IlgpuMemory picked = Sent(rows);
        Launch(
            _kernels.Gather,
            new Index3D(rows.Length, 1, 1),
            new RowArguments { Input = from, Other = from, Third = from, Words = picked.View<uint>(), Indices = picked.View<int>(), Output = to, Columns = input.Columns });
    }

    private IlgpuKvCache Own(KvCache cache) =>
        cache is IlgpuKvCache own && ReferenceEquals(own.Device, this)
            ? own
            : throw new ArgumentException($"The cache was made by another device ({cache?.GetType().Name ?? "null"}).");

    private static int Heads(Tensor query, IlgpuKvCache pages)
    {
        int heads = query.Columns / pages.HeadDim;
        if (heads * pages.HeadDim != query.Columns || heads % pages.KvHeads != 0)
            throw new ArgumentException($"{query.Columns} channels do not split into heads of {pages.HeadDim} over {pages.KvHeads} kv heads.", nameof(query));
        RequireHead(pages.HeadDim, nameof(query));
        return heads;
    }

    private static void CheckBatch(AttentionBatch batch, IlgpuKvCache cache, int layer, int positions)
    {
        Require.Positions(batch, Require.Batch(batch, cache, layer), positions);
        _ = cache.Layer(layer);
    }

    /// <summary>Sends a batch that was checked, unless the last one was the same. The caller holds the lock until its kernels are asked for.</summary>
    private IlgpuBatch SendBatch(AttentionBatch batch, IlgpuKvCache cache)
    {
        if (_lastBatch is { } last && last.Is(batch, cache.BlockSize))
            return last;
        _lastBatch?.Dispose();
        _lastBatch = null;
        int fixedLength = batch.RowOffsets.Length + batch.StartPositions.Length + batch.BlockTables.Length;
        var numbers = new int[fixedLength + (2 * batch.Rows)];
        batch.RowOffsets.CopyTo(numbers);
        batch.StartPositions.CopyTo(numbers.AsSpan(batch.RowOffsets.Length));
        batch.BlockTables.CopyTo(numbers.AsSpan(batch.RowOffsets.Length + batch.StartPositions.Length));
        int mostRows = 0;
        int longest = 0;
        for (int s = 0; s < batch.Sequences; s++)
        {
            int first = batch.RowOffsets[s];
            int rows = batch.RowOffsets[s + 1] - first;
            for (int row = 0; row < rows; row++)
            {
                int position = batch.StartPositions[s] + row;
                int block = batch.BlockTables[(s * batch.BlocksPerSequence) + (position / cache.BlockSize)];
                int at = fixedLength + (2 * (first + row));
                (numbers[at], numbers[at + 1]) = (position, (block * cache.BlockSize) + (position % cache.BlockSize));
            }

            mostRows = Math.Max(mostRows, rows);
            longest = rows == 0 ? longest : Math.Max(longest, batch.StartPositions[s] + rows);
        }

        return _lastBatch = new IlgpuBatch(
            batch.RowOffsets.ToArray(), batch.StartPositions.ToArray(), batch.BlockTables.ToArray(), cache.BlockSize, Sent<int>(numbers), mostRows, longest);
    }

    private static CausalArguments CacheArguments(AttentionBatch batch, IlgpuBatch sent, IlgpuKvCache pages, int layer, ArrayView<float> query, ArrayView<float> output, int heads)
    {
        ArrayView<int> numbers = sent.Numbers.View<int>();
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
