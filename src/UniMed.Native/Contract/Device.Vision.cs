namespace UniMed.Native;

/// <content>The vision transformer's own operations.</content>
public abstract partial class Device
{
    /// <summary>Patches of normalized images become tokens, class token first, position embedding added.</summary>
    /// <param name="weights">Patch embedding.</param>
    /// <param name="pixels">[images, 3 * side * side], channel-first.</param>
    /// <param name="output">[images * (1 + grid * grid), channels]; patches row-major.</param>
    public void PatchEmbedding(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(pixels, nameof(pixels));
        RequireUsable(output, nameof(output));
        long side = (long)weights.Grid * weights.PatchSize;
        Require.Shape(pixels, pixels.Rows, 3 * side * side, nameof(pixels));
        Require.Shape(output, pixels.Rows * (1 + ((long)weights.Grid * weights.Grid)), weights.Channels, nameof(output));
        Require.Apart(output, pixels, nameof(output));
        if (output.Length == 0)
            return;
        PatchEmbeddingCore(weights, pixels, output);
        KeepAlive(weights, pixels.Buffer, output.Buffer);
    }

    /// <summary>Attention of a vision transformer: every row sees all rows of its image. Scores are q.k * head_dim^-0.5, softmax in fp32.</summary>
    /// <param name="qkv">[rows, 3 * channels]: queries, keys, values, each split into heads.</param>
    /// <param name="heads">Number of heads; channels is a multiple of it.</param>
    /// <param name="rowOffsets">images + 1 row borders.</param>
    /// <param name="output">[rows, channels].</param>
    public void VisionAttention(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(qkv, nameof(qkv));
        RequireUsable(output, nameof(output));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        if (output.Columns == 0 || output.Columns % heads != 0)
            throw new ArgumentException($"{output.Columns} channels do not split into {heads} heads.", nameof(heads));
        Require.Shape(qkv, output.Rows, 3L * output.Columns, nameof(qkv));
        Require.Offsets(rowOffsets, output.Rows, nameof(rowOffsets));
        Require.Apart(output, qkv, nameof(output));
        if (output.Length == 0)
            return;
        VisionAttentionCore(qkv, heads, rowOffsets, output);
        KeepAlive(qkv.Buffer, output.Buffer);
    }

    /// <summary>2 x 2 windows of a square patch grid become one token each (stride 2; an odd last row or column is left out).</summary>
    /// <param name="input">[images * grid * grid, channels].</param>
    /// <param name="grid">Patches on a side.</param>
    /// <param name="kind">Mean or maximum.</param>
    /// <param name="output">[images * (grid / 2)^2, channels].</param>
    public void Pool(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(input, nameof(input));
        RequireUsable(output, nameof(output));
        Require.Defined(kind);
        Require.Pool(input, grid, output);
        Require.Apart(output, input, nameof(output));
        if (output.Length == 0)
            return;
        PoolCore(input, grid, kind, output);
        KeepAlive(input.Buffer, output.Buffer);
    }

    /// <summary>Patches of one or more images become tokens.</summary>
    protected abstract void PatchEmbeddingCore(PatchEmbeddingWeights weights, Tensor pixels, Tensor output);

    /// <summary>Attention of a vision transformer over one or more rows.</summary>
    protected abstract void VisionAttentionCore(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output);

    /// <summary>2 x 2 windows become one token each.</summary>
    protected abstract void PoolCore(Tensor input, int grid, PoolKind kind, Tensor output);
}
