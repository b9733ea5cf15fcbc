using UniMed.Native;

namespace UniMed.Inference.Tests.Engine;

/// <summary>A device that fails when it is told to: the operation after so many others throws.</summary>
internal sealed class FaultyDevice : Device
{
    private readonly Device _inner;
    private long _left = long.MaxValue;

    public FaultyDevice(Device inner)
        : base(inner) => _inner = inner;

    public override DeviceInfo Info => _inner.Info;

    public override long AllocatedBytes => _inner.AllocatedBytes;

    /// <summary>From the operation after so many on, all fail; null: none.</summary>
    public long? FailAfter
    {
        set => Interlocked.Exchange(ref _left, value ?? long.MaxValue);
    }

    protected override DeviceBuffer AllocateCore(long elements) => _inner.Allocate(elements);

    protected override DeviceStep CreateStepCore() => _inner.CreateStep();

    protected override void UploadCore(ReadOnlySpan<float> source, Tensor destination)
    {
        Count();
        _inner.Upload(source, destination);
    }

    protected override void DownloadCore(Tensor source, Span<float> destination)
    {
        Count();
        _inner.Download(source, destination);
    }

    protected override void CopyCore(Tensor source, Tensor destination)
    {
        Count();
        _inner.Copy(source, destination);
    }

    protected override LinearWeights LoadLinearCore(HostTensor weight, HostTensor? bias) => _inner.LoadLinear(weight, bias);

    protected override NormWeights LoadNormCore(HostTensor weight, HostTensor? bias) => _inner.LoadNorm(weight, bias);

    protected override GatedWeights LoadGatedCore(HostTensor gate, HostTensor up) => _inner.LoadGated(gate, up);

    protected override QkvWeights LoadQkvCore(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary) => _inner.LoadQkv(query, key, value, heads, kvHeads, rotary);

    protected override PatchEmbeddingWeights LoadPatchEmbeddingCore(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid) => _inner.LoadPatchEmbedding(weight, bias, classToken, positions, patchSize, grid);

    protected override EmbeddingWeights LoadEmbeddingCore(HostTensor table) => _inner.LoadEmbedding(table);

    protected override RouterWeights LoadRouterCore(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns) => _inner.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, taskColumns);

    protected override ExpertWeights LoadExpertsCore(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second) => _inner.LoadExperts(first, second);

    protected override KvCache CreateKvCacheCore(int layers, int kvHeads, int headDim, int blocks, int blockSize) => _inner.CreateKvCache(layers, kvHeads, headDim, blocks, blockSize);

    protected override void CopyKvBlocksCore(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        Count();
        _inner.CopyKvBlocks(cache, sources, destinations);
    }

    protected override void PatchEmbeddingCore(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        Count();
        _inner.PatchEmbedding(weights, pixels, output);
    }

    protected override void LayerNormCore(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        Count();
        _inner.LayerNorm(weights, input, eps, output);
    }

    protected override void RmsNormCore(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        Count();
        _inner.RmsNorm(weights, input, eps, output);
    }

    protected override void LinearCore(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        Count();
        _inner.Linear(weights, input, activation, residual, output);
    }

    protected override void SwiGluCore(GatedWeights weights, Tensor input, Tensor output)
    {
        Count();
        _inner.SwiGlu(weights, input, output);
    }

    protected override void VisionAttentionCore(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        Count();
        _inner.VisionAttention(qkv, heads, rowOffsets, output);
    }

    protected override void QkvRotaryCore(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        Count();
        _inner.QkvRotary(weights, input, batch, cache, layer, query);
    }

    protected override void PrefillAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        Count();
        _inner.PrefillAttention(query, batch, cache, layer, output);
    }

    protected override void DecodeAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        Count();
        _inner.DecodeAttention(query, batch, cache, layer, output);
    }

    protected override void EmbedCore(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        Count();
        _inner.Embed(weights, ids, visualTokens, output);
    }

    protected override void GatherRowsCore(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        Count();
        _inner.GatherRows(input, rows, output);
    }

    protected override void PoolCore(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        Count();
        _inner.Pool(input, grid, kind, output);
    }

    protected override void FoldTaskCore(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        Count();
        _inner.FoldTask(weights, taskTokens, folded);
    }

    protected override void FixedRoutingCore(RouterOptions options, Tensor tokens, Tensor routingWeights)
    {
        Count();
        _inner.Router(null, options, tokens, tokens.Rows, null, routingWeights);
    }

    protected override void RouterCore(RouterWeights weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor folded, int tasks, Tensor routingWeights)
    {
        Count();
        _inner.Router(weights, options, tokens, tokensPerImage, folded, routingWeights);
    }

    protected override void ExpertProjectionCore(ExpertWeights weights, Tensor tokens, Tensor routingWeights, int tasks, Tensor output)
    {
        Count();
        _inner.ExpertProjection(weights, tokens, routingWeights, output);
    }

    protected override void SampleCore(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Memory<SampledToken> result)
    {
        Count();
        _inner.Sample(logits, parameters, history, historyOffsets, result);
    }

    protected override void DisposeCore() => _inner.Dispose();

    private void Count()
    {
        if (Interlocked.Decrement(ref _left) < 0)
            throw new InvalidOperationException("The card fell off the bus.");
    }
}
