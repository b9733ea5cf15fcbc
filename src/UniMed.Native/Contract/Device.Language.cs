namespace UniMed.Native;

/// <content>LLaMA's own operations: the paged cache, attention over it, rows, and the choice of tokens.</content>
public abstract partial class Device
{
    /// <summary>Allocates a paged cache for keys and values; contents are undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="OutOfMemoryException">The memory is not to be had.</exception>
    public KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kvHeads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headDim);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockSize);
        return CreateKvCacheCore(layers, kvHeads, headDim, blocks, blockSize);
    }

    /// <summary>
    /// Copies whole cache blocks of all layers, sources[i] to destinations[i]: a beam that forks keeps what it shares and copies only its last block. The copies may run in
    /// any order or at once, so a destination is named once and is nobody's source.
    /// </summary>
    public void CopyKvBlocks(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        ThrowIfDisposed();
        RequireUsable(cache, nameof(cache));
        Require.BlockCopies(cache, sources, destinations);
        if (sources.IsEmpty)
            return;
        CopyKvBlocksCore(cache, sources, destinations);
        KeepAlive(cache);
    }

    /// <summary>Projects to queries, keys and values, rotates queries and keys by their positions and writes keys and values to the cache.</summary>
    /// <param name="weights">q_proj, k_proj, v_proj and the rotary table.</param>
    /// <param name="input">[rows, hidden].</param>
    /// <param name="batch">Positions and block tables.</param>
    /// <param name="cache">The cache; positions start..start + rows of each sequence are written.</param>
    /// <param name="layer">Layer of the cache.</param>
    /// <param name="query">[rows, heads * head_dim].</param>
    public void QkvRotary(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(input, nameof(input));
        RequireUsable(cache, nameof(cache));
        RequireUsable(query, nameof(query));
        Require.Shape(input, batch.Rows, weights.InFeatures, nameof(input));
        Require.Shape(query, batch.Rows, (long)weights.Heads * weights.HeadDim, nameof(query));
        Require.Apart(query, input, nameof(query));
        Require.Heads(weights, cache);
        BatchExtent extent = Require.Batch(batch, cache, layer);
        Require.Positions(batch, extent, weights.Positions);
        if (query.Length == 0)
            return;
        QkvRotaryCore(weights, input, batch, cache, layer, query);
        KeepAlive(weights, input.Buffer, cache, query.Buffer);
    }

    /// <summary>Causal attention of prompts: the row at position p sees cached positions 0..p of its sequence. Scores are q.k * head_dim^-0.5.</summary>
    /// <param name="query">[rows, heads * head_dim].</param>
    /// <param name="batch">The batch <see cref="QkvRotary"/> was given.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="layer">Layer of the cache.</param>
    /// <param name="output">[rows, heads * head_dim].</param>
    public void PrefillAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        BatchExtent extent = RequireAttention(query, batch, cache, layer, output);
        if (output.Length == 0)
            return;
        PrefillAttentionCore(query, batch, extent, cache, layer, output);
        KeepAlive(query.Buffer, cache, output.Buffer);
    }

    /// <summary>As <see cref="PrefillAttention"/> with exactly one row a sequence: the newest token of each.</summary>
    public void DecodeAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        BatchExtent extent = RequireAttention(query, batch, cache, layer, output);
        Require.OneRowEach(batch);
        if (output.Length == 0)
            return;
        DecodeAttentionCore(query, batch, extent, cache, layer, output);
        KeepAlive(query.Buffer, cache, output.Buffer);
    }

    /// <summary>Row r of the output is row ids[r] of the table; a negative id takes row ~id of the visual tokens instead.</summary>
    public void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(output, nameof(output));
        Require.Shape(output, ids.Length, weights.Hidden, nameof(output));
        if (visualTokens is { } given)
        {
            RequireUsable(given, nameof(visualTokens));
            Require.Shape(given, given.Rows, weights.Hidden, nameof(visualTokens));
            Require.Apart(output, given, nameof(output));
        }

        Require.Ids(ids, weights.Vocabulary, visualTokens?.Rows ?? 0);
        if (output.Length == 0)
            return;
        EmbedCore(weights, ids, visualTokens, output);
        KeepAlive(weights, visualTokens?.Buffer, output.Buffer);
    }

    /// <summary>Row r of the output is row rows[r] of the input.</summary>
    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(input, nameof(input));
        RequireUsable(output, nameof(output));
        Require.Shape(output, rows.Length, input.Columns, nameof(output));
        Require.Rows(rows, input);
        Require.Apart(output, input, nameof(output));
        if (output.Length == 0)
            return;
        GatherRowsCore(input, rows, output);
        KeepAlive(input.Buffer, output.Buffer);
    }

    /// <summary>Chooses the next token of each row.</summary>
    /// <param name="logits">[rows, vocabulary]; not changed.</param>
    /// <param name="parameters">One for each row; a temperature or penalty that is not positive, or a top-p outside [0, 1], is an <see cref="ArgumentException"/>.</param>
    /// <param name="history">Token ids that count for penalties and lengths: begin-of-sequence and the new tokens, not the prompt.</param>
    /// <param name="historyOffsets">rows + 1 borders into the history.</param>
    /// <param name="result">One token for each row. Inside a step they are there when its <see cref="DeviceStep.Run"/> has returned.</param>
    public void Sample(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Memory<SampledToken> result)
    {
        ThrowIfDisposed();
        RequireUsable(logits, nameof(logits));
        Require.Sampling(logits, parameters, history, historyOffsets, result.Span);
        if (logits.Length == 0)
            return;
        SampleCore(logits, parameters, history, historyOffsets, result);
        KeepAlive(logits.Buffer);
    }

    /// <summary>Allocates a paged cache of positive sizes.</summary>
    protected abstract KvCache CreateKvCacheCore(int layers, int kvHeads, int headDim, int blocks, int blockSize);

    /// <summary>Copies one or more blocks of all layers.</summary>
    protected abstract void CopyKvBlocksCore(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations);

    /// <summary>Projects, rotates and writes keys and values; the batch has at least one row.</summary>
    protected abstract void QkvRotaryCore(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query);

    /// <summary>Causal attention of prompts; heads are a multiple of the cache's.</summary>
    protected abstract void PrefillAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output);

    /// <summary>Causal attention of one row a sequence.</summary>
    protected abstract void DecodeAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output);

    /// <summary>Rows of the table or of the visual tokens, which are given where an id is negative.</summary>
    protected abstract void EmbedCore(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output);

    /// <summary>Rows of the input.</summary>
    protected abstract void GatherRowsCore(Tensor input, ReadOnlySpan<int> rows, Tensor output);

    /// <summary>Chooses the next token of one or more rows.</summary>
    protected abstract void SampleCore(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Memory<SampledToken> result);

    private BatchExtent RequireAttention(in Tensor query, in AttentionBatch batch, KvCache cache, int layer, in Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(query, nameof(query));
        RequireUsable(cache, nameof(cache));
        RequireUsable(output, nameof(output));
        Require.Heads(query, cache);
        Require.Shape(query, batch.Rows, query.Columns, nameof(query));
        Require.Shape(output, batch.Rows, query.Columns, nameof(output));
        Require.Apart(output, query, nameof(output));
        return Require.Batch(batch, cache, layer);
    }
}
