namespace UniMed.Native.Cpu;

/// <summary>Takes weights over: matrices in place, quantized or not, vectors widened.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public override LinearWeights LoadLinear(HostTensor weight, HostTensor? bias)
    {
        Require.Weight(weight, nameof(weight));
        return new CpuLinearWeights(weight, bias is { } b ? new CpuVector(b, weight.Rows, nameof(bias)) : null);
    }

    /// <inheritdoc/>
    public override NormWeights LoadNorm(HostTensor weight, HostTensor? bias) =>
        new CpuNormWeights(new CpuVector(weight, weight.Columns, nameof(weight)), bias is { } b ? new CpuVector(b, weight.Columns, nameof(bias)) : null);

    /// <inheritdoc/>
    public override GatedWeights LoadGated(HostTensor gate, HostTensor up)
    {
        Require.Gated(gate, up);
        return new CpuGatedWeights(gate, up);
    }

    /// <inheritdoc/>
    public override QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        Require.Qkv(query, key, value, heads, kvHeads, rotary);
        return new CpuQkvWeights(query, key, value, heads, kvHeads, rotary);
    }

    /// <inheritdoc/>
    public override PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    {
        Require.PatchEmbedding(weight, positions, patchSize, grid);
        return new CpuPatchEmbeddingWeights(
            weight, new CpuVector(bias, weight.Rows, nameof(bias)), new CpuVector(classToken, weight.Rows, nameof(classToken)), new CpuVector(positions), patchSize, grid);
    }

    /// <inheritdoc/>
    public override EmbeddingWeights LoadEmbedding(HostTensor table)
    {
        Require.Float(table, nameof(table));
        return new CpuEmbeddingWeights(table);
    }

    /// <inheritdoc/>
    public override RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        Require.Router(fc1, fc2);
        return new CpuRouterWeights(fc1, new CpuVector(fc1Bias, fc1.Rows, nameof(fc1Bias)), fc2, new CpuVector(fc2Bias, fc2.Rows, nameof(fc2Bias)), taskColumns);
    }

    /// <inheritdoc/>
    public override ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    {
        Require.Experts(first, second);
        return new CpuExpertWeights(
            [.. first.Select(layer => new CpuExpertLayer(layer.Weight, new CpuVector(layer.Bias, layer.Weight.Rows, nameof(first))))],
            [.. second.Select(layer => new CpuExpertLayer(layer.Weight, new CpuVector(layer.Bias, layer.Weight.Rows, nameof(second))))]);
    }
}
