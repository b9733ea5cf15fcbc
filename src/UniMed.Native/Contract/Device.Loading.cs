namespace UniMed.Native;

/// <content>Takes weights over.</content>
public abstract partial class Device
{
    /// <summary>Takes over a linear layer: weight [out, in], bias [1, out] or none.</summary>
    public LinearWeights LoadLinear(HostTensor weight, HostTensor? bias)
    {
        ThrowIfDisposed();
        Require.Weight(weight, nameof(weight));
        if (bias is { } given)
            Require.Vector(given, weight.Rows, nameof(bias));
        return LoadLinearCore(weight, bias);
    }

    /// <summary>Takes over a norm: weight [1, columns], bias [1, columns] for layer norm or none for RMS norm.</summary>
    public NormWeights LoadNorm(HostTensor weight, HostTensor? bias)
    {
        ThrowIfDisposed();
        Require.Float(weight, nameof(weight));
        Require.Vector(weight, weight.Columns, nameof(weight));
        if (bias is { } given)
            Require.Vector(given, weight.Columns, nameof(bias));
        return LoadNormCore(weight, bias);
    }

    /// <summary>Takes over gate_proj and up_proj, both [intermediate, hidden].</summary>
    public GatedWeights LoadGated(HostTensor gate, HostTensor up)
    {
        ThrowIfDisposed();
        Require.Gated(gate, up);
        return LoadGatedCore(gate, up);
    }

    /// <summary>Takes over q_proj [heads * head_dim, hidden], k_proj and v_proj [kv_heads * head_dim, hidden].</summary>
    public QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        ThrowIfDisposed();
        Require.Qkv(query, key, value, heads, kvHeads, rotary);
        return LoadQkvCore(query, key, value, heads, kvHeads, rotary);
    }

    /// <summary>
    /// Takes over the patch embedding: weight [channels, 3 * patch * patch] (input channel, row, column), bias [1, channels], class token [1, channels], position embedding
    /// [1 + grid * grid, channels].
    /// </summary>
    public PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    {
        ThrowIfDisposed();
        Require.PatchEmbedding(weight, bias, classToken, positions, patchSize, grid);
        return LoadPatchEmbeddingCore(weight, bias, classToken, positions, patchSize, grid);
    }

    /// <summary>Takes over a token embedding table [vocabulary, hidden].</summary>
    public EmbeddingWeights LoadEmbedding(HostTensor table)
    {
        ThrowIfDisposed();
        Require.Float(table, nameof(table));
        return LoadEmbeddingCore(table);
    }

    /// <summary>Takes over the router. The first <paramref name="taskColumns"/> columns of fc1 meet the task token, the others the visual token; a quantized fc1 has a block border there.</summary>
    public RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        ThrowIfDisposed();
        Require.Router(fc1, fc1Bias, fc2, fc2Bias, taskColumns);
        return LoadRouterCore(fc1, fc1Bias, fc2, fc2Bias, taskColumns);
    }

    /// <summary>Takes over the experts: first layers [hidden, in] with bias, and second layers [out, hidden] with bias (moe_mlp, GELU between) or none (moe_linear).</summary>
    public ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    {
        ThrowIfDisposed();
        Require.Experts(first, second);
        return LoadExpertsCore(first, second);
    }

    /// <summary>Takes over a linear layer.</summary>
    protected abstract LinearWeights LoadLinearCore(HostTensor weight, HostTensor? bias);

    /// <summary>Takes over a norm.</summary>
    protected abstract NormWeights LoadNormCore(HostTensor weight, HostTensor? bias);

    /// <summary>Takes over gate_proj and up_proj.</summary>
    protected abstract GatedWeights LoadGatedCore(HostTensor gate, HostTensor up);

    /// <summary>Takes over q_proj, k_proj and v_proj.</summary>
    protected abstract QkvWeights LoadQkvCore(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary);

    /// <summary>Takes over the patch embedding.</summary>
    protected abstract PatchEmbeddingWeights LoadPatchEmbeddingCore(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid);

    /// <summary>Takes over a token embedding table.</summary>
    protected abstract EmbeddingWeights LoadEmbeddingCore(HostTensor table);

    /// <summary>Takes over the router.</summary>
    protected abstract RouterWeights LoadRouterCore(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns);

    /// <summary>Takes over the experts.</summary>
    protected abstract ExpertWeights LoadExpertsCore(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second);
}
