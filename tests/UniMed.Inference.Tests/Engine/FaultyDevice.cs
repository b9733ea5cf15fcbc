using UniMed.Native;

namespace UniMed.Inference.Tests.Engine;

/// <summary>A device that fails when it is told to: the operation after so many others throws.</summary>
internal sealed class FaultyDevice(Device inner) : Device
{
    private long _left = long.MaxValue;

    public override DeviceInfo Info => inner.Info;

    public override long AllocatedBytes => inner.AllocatedBytes;

    /// <summary>From the operation after so many on, all fail; null: none.</summary>
    public long? FailAfter
    {
        set => Interlocked.Exchange(ref _left, value ?? long.MaxValue);
    }

    public override DeviceBuffer Allocate(long elements) => inner.Allocate(elements);

    public override DeviceStep CreateStep() => inner.CreateStep();

    public override void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        Count();
        inner.Upload(source, destination);
    }

    public override void Download(Tensor source, Span<float> destination)
    {
        Count();
        inner.Download(source, destination);
    }

    public override void Copy(Tensor source, Tensor destination)
    {
        Count();
        inner.Copy(source, destination);
    }

    public override LinearWeights LoadLinear(HostTensor weight, HostTensor? bias) => inner.LoadLinear(weight, bias);

    public override NormWeights LoadNorm(HostTensor weight, HostTensor? bias) => inner.LoadNorm(weight, bias);

    public override GatedWeights LoadGated(HostTensor gate, HostTensor up) => inner.LoadGated(gate, up);

    public override QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary) => inner.LoadQkv(query, key, value, heads, kvHeads, rotary);

    public override PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid) => inner.LoadPatchEmbedding(weight, bias, classToken, positions, patchSize, grid);

    public override EmbeddingWeights LoadEmbedding(HostTensor table) => inner.LoadEmbedding(table);

    public override RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns) => inner.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, taskColumns);

    public override ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second) => inner.LoadExperts(first, second);

    public override KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize) => inner.CreateKvCache(layers, kvHeads, headDim, blocks, blockSize);

    public override void CopyKvBlocks(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        Count();
        inner.CopyKvBlocks(cache, sources, destinations);
    }

    public override void PatchEmbedding(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        Count();
        inner.PatchEmbedding(weights, pixels, output);
    }

    public override void LayerNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        Count();
        inner.LayerNorm(weights, input, eps, output);
    }

    public override void RmsNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        Count();
        inner.RmsNorm(weights, input, eps, output);
    }

    public override void Linear(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        Count();
        inner.Linear(weights, input, activation, residual, output);
    }

    public override void SwiGlu(GatedWeights weights, Tensor input, Tensor output)
    {
        Count();
        inner.SwiGlu(weights, input, output);
    }

    public override void VisionAttention(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        Count();
        inner.VisionAttention(qkv, heads, rowOffsets, output);
    }

    public override void QkvRotary(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        Count();
        inner.QkvRotary(weights, input, batch, cache, layer, query);
    }

    public override void PrefillAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        Count();
        inner.PrefillAttention(query, batch, cache, layer, output);
    }

    public override void DecodeAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output)
    {
        Count();
        inner.DecodeAttention(query, batch, cache, layer, output);
    }

    public override void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        Count();
        inner.Embed(weights, ids, visualTokens, output);
    }

    public override void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        Count();
        inner.GatherRows(input, rows, output);
    }

    public override void Pool(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        Count();
        inner.Pool(input, grid, kind, output);
    }

    public override void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        Count();
        inner.FoldTask(weights, taskTokens, folded);
    }

    public override void Router(RouterWeights? weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor? folded, Tensor routingWeights)
    {
        Count();
        inner.Router(weights, options, tokens, tokensPerImage, folded, routingWeights);
    }

    public override void ExpertProjection(ExpertWeights weights, Tensor tokens, Tensor routingWeights, Tensor output)
    {
        Count();
        inner.ExpertProjection(weights, tokens, routingWeights, output);
    }

    public override void Sample(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Span<SampledToken> result)
    {
        Count();
        inner.Sample(logits, parameters, history, historyOffsets, result);
    }

    public override void Dispose() => inner.Dispose();

    private void Count()
    {
        if (Interlocked.Decrement(ref _left) < 0)
            throw new InvalidOperationException("The card fell off the bus.");
    }
}
