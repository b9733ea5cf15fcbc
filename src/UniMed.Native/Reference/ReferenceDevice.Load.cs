using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>Takes weights over: matrices in place, quantized or not, vectors widened.</summary>
public sealed partial class ReferenceDevice
{
    private static readonly Func<HostTensor, HostTensor> View = static stored => stored;

    /// <inheritdoc/>
    protected override LinearWeights LoadLinearCore(HostTensor weight, HostTensor? bias) => new InPlaceLinear<HostTensor>(this, View, weight, bias);

    /// <inheritdoc/>
    protected override NormWeights LoadNormCore(HostTensor weight, HostTensor? bias) => new InPlaceNorm(this, weight, bias);

    /// <inheritdoc/>
    protected override GatedWeights LoadGatedCore(HostTensor gate, HostTensor up) => new InPlaceGated<HostTensor>(this, View, gate, up);

    /// <inheritdoc/>
    protected override QkvWeights LoadQkvCore(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary) =>
        new InPlaceQkv<HostTensor>(this, View, query, key, value, heads, kvHeads, rotary);

    /// <inheritdoc/>
    protected override PatchEmbeddingWeights LoadPatchEmbeddingCore(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid) =>
        new InPlacePatchEmbedding<HostTensor>(this, View, weight, bias, classToken, positions, patchSize, grid);

    /// <inheritdoc/>
    protected override EmbeddingWeights LoadEmbeddingCore(HostTensor table) => new InPlaceEmbedding<HostTensor>(this, View, table);

    /// <inheritdoc/>
    protected override RouterWeights LoadRouterCore(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns) =>
        new InPlaceRouter<HostTensor>(this, View, fc1, fc1Bias, fc2, fc2Bias, taskColumns);

    /// <inheritdoc/>
    protected override ExpertWeights LoadExpertsCore(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second) =>
        new InPlaceExperts<HostTensor>(this, View, first, second);
}
