using UniMed.Native;

namespace UniMed.Inference.Tests.Engine;

/// <summary>A device that fails when it is told to: the operation after so many others throws.</summary>
internal sealed class FaultyDevice(IDevice inner) : IDevice
{
    private long _left = long.MaxValue;

    public DeviceInfo Info => inner.Info;

    public long AllocatedBytes => inner.AllocatedBytes;

    /// <summary>From the operation after so many on, all fail; null: none.</summary>
    public long? FailAfter
    {
        set => Interlocked.Exchange(ref _left, value ?? long.MaxValue);
    }

    public DeviceBuffer Allocate(long elements) => inner.Allocate(elements);

    public DeviceStep CreateStep() => inner.CreateStep();

    public void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        Count();
        inner.Upload(source, destination);
    }

    public void Download(Tensor source, Span<float> destination)
    {
        Count();
        inner.Download(source, destination);
    }

    public void Copy(Tensor source, Tensor destination)
    {
        Count();
        inner.Copy(source, destination);
    }

    public LinearWeights LoadLinear(HostTensor weight, HostTensor? bias) => inner.LoadLinear(weight, bias);

    public NormWeights LoadNorm(HostTensor weight, HostTensor? bias) => inner.LoadNorm(weight, bias);

    public GatedWeights LoadGated(HostTensor gate, HostTensor up) => inner.LoadGated(gate, up);

    public QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary) => inner.LoadQkv(query, key, value, heads, kvHeads, rotary);

    public PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid) => inner.LoadPatchEmbedding(weight, bias, classToken, positions, patchSize, grid);

    public EmbeddingWeights LoadEmbedding(HostTensor table) => inner.LoadEmbedding(table);

    public RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns) => inner.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, taskColumns);

    public ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second) => inner.LoadExperts(first, second);

    public KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize) => inner.CreateKvCache(layers, kvHeads, headDim, blocks, blockSize);

    public void CopyKvBlocks(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        Count();
        inner.CopyKvBlocks(cache, sources, destinations);
    }

    public void PatchEmbedding(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        Count();
        inner.PatchEmbedding(weights, pixels, output);
    }

    public void LayerNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        Count();
        inner.LayerNorm(weights, input, eps, output);
    }

    public void RmsNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        Count();
        inner.RmsNorm(weights, input, eps, output);
    }

    public void Linear(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        Count();
        inner.Linear(weights, input, activation, residual, output);
    }

    public void SwiGlu(GatedWeights weights, Tensor input, Tensor output)
    {
        Count();
        inner.SwiGlu(weights, input, output);
    }

    public void VisionAttention(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        Count();
        inner.VisionAttention(qkv, heads, rowOffsets, output);
    }

    public void QkvRotary(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        Count();
        inner.QkvRotary(weights, input, batch, cache, layer, query);
    }

    public void PrefillAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        Count();
        inner.PrefillAttention(query, batch, cache, layer, output);
    }

    public void DecodeAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        Count();
        inner.DecodeAttention(query, batch, cache, layer, output);
    }

    public void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        Count();
        inner.Embed(weights, ids, visualTokens, output);
    }

    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        Count();
        inner.GatherRows(input, rows, output);
    }

    public void Pool(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        Count();
        inner.Pool(input, grid, kind, output);
    }

    public void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        Count();
        inner.FoldTask(weights, taskTokens, folded);
    }

    public void Router(RouterWeights? weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor? folded, Tensor routingWeights)
    {
        Count();
        inner.Router(weights, options, tokens, tokensPerImage, folded, routingWeights);
    }

    public void ExpertProjection(ExpertWeights weights, Tensor tokens, Tensor routingWeights, Tensor output)
    {
        Count();
        inner.ExpertProjection(weights, tokens, routingWeights, output);
    }

    public void Sample(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Span<SampledToken> result)
    {
        Count();
        inner.Sample(logits, parameters, history, historyOffsets, result);
    }

    public void Dispose() => inner.Dispose();

    private void Count()
    {
        if (Interlocked.Decrement(ref _left) < 0)
            throw new InvalidOperationException("The card fell off the bus.");
    }
}
