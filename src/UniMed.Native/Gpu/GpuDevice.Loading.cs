namespace UniMed.Native.Gpu;

/// <content>Which matrices travel together.</content>
internal abstract partial class GpuDevice<TMatrix, TMemory>
{
    /// <inheritdoc/>
    protected override LinearWeights LoadLinearCore(HostTensor weight, HostTensor? bias) => new PackedLinear(this, weight, SendStacked([weight]), bias is { } given ? SendVector(given) : null);

    /// <inheritdoc/>
    protected override NormWeights LoadNormCore(HostTensor weight, HostTensor? bias) =>
        new PackedNorm(this, weight.Columns, SendVector(weight), bias is { } given ? SendVector(given) : null);

    /// <inheritdoc/>
    protected override GatedWeights LoadGatedCore(HostTensor gate, HostTensor up) => new PackedGated(this, gate, SendGated(gate, up));

    /// <inheritdoc/>
    protected override QkvWeights LoadQkvCore(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary) =>
        new PackedQkv(this, query.Columns, heads, kvHeads, rotary, SendStacked([query, key, value]), SendVector(rotary.AllCos), SendVector(rotary.AllSin));

    /// <inheritdoc/>
    protected override PatchEmbeddingWeights LoadPatchEmbeddingCore(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid) =>
        new PackedPatchEmbedding(this, weight.Rows, patchSize, grid, SendStacked([weight]), SendVector(bias), SendVector(classToken), SendVector(positions));

    /// <inheritdoc/>
    protected override RouterWeights LoadRouterCore(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        HostTensor task = fc1.SliceColumns(0, taskColumns);
        HostTensor token = fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns);
        return new PackedRouter(this, task, token, fc2, SendStacked([task]), SendStacked([token]), SendVector(fc1Bias), SendRouterOutput(fc2), SendVector(fc2Bias));
    }

    /// <inheritdoc/>
    protected override ExpertWeights LoadExpertsCore(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second) =>
        new PackedExperts(
            this,
            first,
            second,
            SendExperts(first),
            SendVector([.. first.SelectMany(layer => layer.Bias.ToSingleArray())]),
            second.Count == 0 ? null : SendExperts(second),
            second.Count == 0 ? null : SendVector([.. second.SelectMany(layer => layer.Bias.ToSingleArray())]));

    /// <summary>Sends fp32 numbers.</summary>
    protected abstract TMemory SendVector(ReadOnlySpan<float> values);

    /// <summary>Sends matrices over the same columns as one, their rows one after the other.</summary>
    protected abstract TMatrix SendStacked(IReadOnlyList<HostTensor> parts);

    /// <summary>Sends gate_proj and up_proj so that a kernel meets their rows in pairs.</summary>
    protected abstract TMatrix SendGated(HostTensor gate, HostTensor up);

    /// <summary>Sends matrices of one shape, one for each expert.</summary>
    protected abstract TMatrix SendExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers);

    /// <summary>Sends the router's second layer.</summary>
    protected abstract TMatrix SendRouterOutput(HostTensor fc2);

    private TMemory SendVector(HostTensor vector) => SendVector(vector.ToSingleArray());
}
