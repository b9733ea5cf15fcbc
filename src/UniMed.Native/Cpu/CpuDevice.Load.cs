using UniMed.Native.Reference;

namespace UniMed.Native.Cpu;

/// <summary>Takes weights over: matrices in place, quantized or not, vectors widened.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public LinearWeights LoadLinear(HostTensor weight, HostTensor? bias)
    {
        Require.Weight(weight, nameof(weight));
        return new CpuLinearWeights(weight, bias is { } b ? new CpuVector(b, weight.Rows, nameof(bias)) : null);
    }

    /// <inheritdoc/>
    public NormWeights LoadNorm(HostTensor weight, HostTensor? bias) =>
        new CpuNormWeights(new CpuVector(weight, weight.Columns, nameof(weight)), bias is { } b ? new CpuVector(b, weight.Columns, nameof(bias)) : null);

    /// <inheritdoc/>
    public GatedWeights LoadGated(HostTensor gate, HostTensor up)
    {
        Require.Weight(gate, nameof(gate));
        Require.Weight(up, nameof(up));
        if (gate.Rows != up.Rows || gate.Columns != up.Columns)
            throw new ArgumentException($"gate_proj is {gate.Rows} x {gate.Columns}, up_proj {up.Rows} x {up.Columns}.", nameof(up));
        return new CpuGatedWeights(gate, up);
    }

    /// <inheritdoc/>
    public QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        ArgumentNullException.ThrowIfNull(rotary);
        Require.Weight(query, nameof(query));
        Require.Weight(key, nameof(key));
        Require.Weight(value, nameof(value));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kvHeads);
        if (heads % kvHeads != 0 || query.Rows != (long)heads * rotary.HeadDim || key.Rows != (long)kvHeads * rotary.HeadDim || value.Rows != key.Rows)
        {
            throw new ArgumentException(
                $"{heads} heads and {kvHeads} kv heads of {rotary.HeadDim} do not fit q_proj, k_proj, v_proj with {query.Rows}, {key.Rows}, {value.Rows} rows.", nameof(query));
        }

        if (query.Columns != key.Columns || query.Columns != value.Columns)
            throw new ArgumentException($"q_proj, k_proj, v_proj take {query.Columns}, {key.Columns}, {value.Columns} channels.", nameof(query));
        return new CpuQkvWeights(query, key, value, heads, kvHeads, rotary);
    }

    /// <inheritdoc/>
    public PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grid);
        Require.Float(weight, nameof(weight));
        Require.Float(positions, nameof(positions));
        if (weight.Columns != 3L * patchSize * patchSize)
            throw new ArgumentException($"A convolution over 3 x {patchSize} x {patchSize} takes {3L * patchSize * patchSize} numbers, not {weight.Columns}.", nameof(weight));
        if (positions.Rows != 1 + ((long)grid * grid) || positions.Columns != weight.Rows)
            throw new ArgumentException($"Positions must be {1 + ((long)grid * grid)} x {weight.Rows}, not {positions.Rows} x {positions.Columns}.", nameof(positions));
        return new CpuPatchEmbeddingWeights(
            weight, new CpuVector(bias, weight.Rows, nameof(bias)), new CpuVector(classToken, weight.Rows, nameof(classToken)), new CpuVector(positions), patchSize, grid);
    }

    /// <inheritdoc/>
    public EmbeddingWeights LoadEmbedding(HostTensor table)
    {
        Require.Float(table, nameof(table));
        return new CpuEmbeddingWeights(table);
    }

    /// <inheritdoc/>
    public RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        Require.Weight(fc1, nameof(fc1));
        Require.Weight(fc2, nameof(fc2));
        if (fc2.Columns != fc1.Rows)
            throw new ArgumentException($"fc2 takes {fc2.Columns} channels, fc1 gives {fc1.Rows}.", nameof(fc2));
        return new CpuRouterWeights(fc1, new CpuVector(fc1Bias, fc1.Rows, nameof(fc1Bias)), fc2, new CpuVector(fc2Bias, fc2.Rows, nameof(fc2Bias)), taskColumns);
    }

    /// <inheritdoc/>
    public ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count == 0 || (second.Count != 0 && second.Count != first.Count))
            throw new ArgumentException($"{first.Count} first and {second.Count} second layers.", nameof(second));
        for (int e = 0; e < first.Count; e++)
        {
            Require.Weight(first[e].Weight, nameof(first));
            if (first[e].Weight.Rows != first[0].Weight.Rows || first[e].Weight.Columns != first[0].Weight.Columns)
                throw new ArgumentException($"Expert {e} is shaped unlike expert 0.", nameof(first));
            if (second.Count == 0)
                continue;
            Require.Weight(second[e].Weight, nameof(second));
            if (second[e].Weight.Columns != first[0].Weight.Rows || second[e].Weight.Rows != second[0].Weight.Rows)
                throw new ArgumentException($"The second layer of expert {e} does not fit its first, or expert 0.", nameof(second));
        }

        return new CpuExpertWeights(
            [.. first.Select(layer => new CpuExpertLayer(layer.Weight, new CpuVector(layer.Bias, layer.Weight.Rows, nameof(first))))],
            [.. second.Select(layer => new CpuExpertLayer(layer.Weight, new CpuVector(layer.Bias, layer.Weight.Rows, nameof(second))))]);
    }
}
