namespace UniMed.Native;

/// <summary>
/// One place where the model can run: its memory, its layout of weights, and the operations of the model, each as large as the best kernel wants it.
/// </summary>
/// <remarks>
/// Activations are row-major fp32 matrices (<see cref="Tensor"/>); rows are tokens of one or of many requests, and operations that look across rows get the
/// requests' borders. Weights keep their stored type and are widened where they are used; sums are fp32 or better. Matrices of linear layers, gates, attention projections, routers and
/// experts may be quantized (<see cref="WeightFormat"/>); biases, norms, embedding tables and patch embeddings are floating point. Every output element is summed in one fixed
/// order that depends on neither the batch nor the number of threads, so a request gives the same bits alone and in any company. Outputs must not overlap inputs
/// except where an operation says so. Operations may run after the call returns; <see cref="Download"/> waits. Wrong shapes,
/// indices out of range and another device's objects are <see cref="ArgumentException"/>, disposed ones <see cref="ObjectDisposedException"/>: mistakes of the caller, not of a file. Thread-safe: operations on different outputs may run at once.
/// </remarks>
public abstract class Device : IDisposable
{
    /// <summary>What this device is.</summary>
    public abstract DeviceInfo Info { get; }

    /// <summary>Bytes of device memory now held by buffers, caches and weights this device allocated (weights used in place from a file do not count).</summary>
    public abstract long AllocatedBytes { get; }

    /// <summary>Allocates fp32 memory; contents are undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="OutOfMemoryException">The memory is not to be had.</exception>
    public abstract DeviceBuffer Allocate(long elements);

    /// <summary>Makes a step: operations that are run again and again and may be recorded.</summary>
    public abstract DeviceStep CreateStep();

    /// <summary>Copies host numbers into a matrix.</summary>
    public abstract void Upload(ReadOnlySpan<float> source, Tensor destination);

    /// <summary>Waits for the matrix and copies it to the host.</summary>
    public abstract void Download(Tensor source, Span<float> destination);

    /// <summary>Copies a matrix of the same shape.</summary>
    public abstract void Copy(Tensor source, Tensor destination);

    /// <summary>Takes over a linear layer: weight [out, in], bias [1, out] or none.</summary>
    public abstract LinearWeights LoadLinear(HostTensor weight, HostTensor? bias);

    /// <summary>Takes over a norm: weight [1, columns], bias [1, columns] for layer norm or none for RMS norm.</summary>
    public abstract NormWeights LoadNorm(HostTensor weight, HostTensor? bias);

    /// <summary>Takes over gate_proj and up_proj, both [intermediate, hidden].</summary>
    public abstract GatedWeights LoadGated(HostTensor gate, HostTensor up);

    /// <summary>Takes over q_proj [heads * head_dim, hidden], k_proj and v_proj [kv_heads * head_dim, hidden].</summary>
    public abstract QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary);

    /// <summary>Takes over the patch embedding: weight [channels, 3 * patch * patch] (input channel, row, column), bias [1, channels], class token [1, channels], position embedding [1 + grid * grid, channels].</summary>
    public abstract PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid);

    /// <summary>Takes over a token embedding table [vocabulary, hidden].</summary>
    public abstract EmbeddingWeights LoadEmbedding(HostTensor table);

    /// <summary>Takes over the router. The first <paramref name="taskColumns"/> columns of fc1 meet the task token, the others the visual token; a quantized fc1 has a block border there.</summary>
    public abstract RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns);

    /// <summary>Takes over the experts: first layers [hidden, in] with bias, and second layers [out, hidden] with bias (moe_mlp, GELU between) or none (moe_linear).</summary>
    public abstract ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second);

    /// <summary>Allocates a paged cache for keys and values; contents are undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="OutOfMemoryException">The memory is not to be had.</exception>
    public abstract KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize);

    /// <summary>
    /// Copies whole cache blocks of all layers, sources[i] to destinations[i]: a beam that forks keeps what it shares and copies only its last block. The copies may run in
    /// any order or at once, so a destination is named once and is nobody's source.
    /// </summary>
    public abstract void CopyKvBlocks(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations);

    /// <summary>Patches of normalized images become tokens, class token first, position embedding added.</summary>
    /// <param name="weights">Patch embedding.</param>
    /// <param name="pixels">[images, 3 * side * side], channel-first.</param>
    /// <param name="output">[images * (1 + grid * grid), channels]; patches row-major.</param>
    public abstract void PatchEmbedding(PatchEmbeddingWeights weights, Tensor pixels, Tensor output);

    /// <summary>output = (input - mean) / sqrt(variance + eps) * weight + bias, per row, biased variance. Output may be the input.</summary>
    public abstract void LayerNorm(NormWeights weights, Tensor input, float eps, Tensor output);

    /// <summary>output = input / sqrt(mean(input^2) + eps) * weight, per row. Output may be the input.</summary>
    public abstract void RmsNorm(NormWeights weights, Tensor input, float eps, Tensor output);

    /// <summary>output = activation(input W^T + bias) + residual. The residual may be the output.</summary>
    public abstract void Linear(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output);

    /// <summary>output = silu(input gate^T) * (input up^T).</summary>
    public abstract void SwiGlu(GatedWeights weights, Tensor input, Tensor output);

    /// <summary>Attention of a vision transformer: every row sees all rows of its image. Scores are q.k * head_dim^-0.5, softmax in fp32.</summary>
    /// <param name="qkv">[rows, 3 * channels]: queries, keys, values, each split into heads.</param>
    /// <param name="heads">Number of heads; channels is a multiple of it.</param>
    /// <param name="rowOffsets">images + 1 row borders.</param>
    /// <param name="output">[rows, channels].</param>
    public abstract void VisionAttention(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output);

    /// <summary>Projects to queries, keys and values, rotates queries and keys by their positions and writes keys and values to the cache.</summary>
    /// <param name="weights">q_proj, k_proj, v_proj and the rotary table.</param>
    /// <param name="input">[rows, hidden].</param>
    /// <param name="batch">Positions and block tables.</param>
    /// <param name="cache">The cache; positions start..start + rows of each sequence are written.</param>
    /// <param name="layer">Layer of the cache.</param>
    /// <param name="query">[rows, heads * head_dim].</param>
    public abstract void QkvRotary(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query);

    /// <summary>Causal attention of prompts: the row at position p sees cached positions 0..p of its sequence. Scores are q.k * head_dim^-0.5.</summary>
    /// <param name="query">[rows, heads * head_dim].</param>
    /// <param name="batch">The batch <see cref="QkvRotary"/> was given.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="layer">Layer of the cache.</param>
    /// <param name="output">[rows, heads * head_dim].</param>
    public abstract void PrefillAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output);

    /// <summary>As <see cref="PrefillAttention"/> with exactly one row a sequence: the newest token of each.</summary>
    public abstract void DecodeAttention(Tensor query, AttentionBatch batch, KvCache cache, int layer, Tensor output);

    /// <summary>Row r of the output is row ids[r] of the table; a negative id takes row ~id of the visual tokens instead.</summary>
    public abstract void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output);

    /// <summary>Row r of the output is row rows[r] of the input.</summary>
    public abstract void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output);

    /// <summary>2 x 2 windows of a square patch grid become one token each (stride 2; an odd last row or column is left out).</summary>
    /// <param name="input">[images * grid * grid, channels].</param>
    /// <param name="grid">Patches on a side.</param>
    /// <param name="kind">Mean or maximum.</param>
    /// <param name="output">[images * (grid / 2)^2, channels].</param>
    public abstract void Pool(Tensor input, int grid, PoolKind kind, Tensor output);

    /// <summary>The constant part of the router's first layer for a task: task tokens times the task columns of fc1, plus its bias (design: fold at load time).</summary>
    /// <param name="weights">The router.</param>
    /// <param name="taskTokens">[task tokens, task columns]; with no task columns one row of width 0.</param>
    /// <param name="folded">[task tokens, hidden].</param>
    public abstract void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded);

    /// <summary>
    /// Routing weights of each visual token, for one task or for several at once, which share the tokens' half of the first layer. Row t * rows + r is token r for task t; it uses
    /// row (r mod tokensPerImage) mod (folded rows of a task) of the task's folded rows. A task's weights are the same bits as alone.
    /// </summary>
    /// <param name="weights">The router; null for hard and constant routing.</param>
    /// <param name="options">Kind of routing.</param>
    /// <param name="tokens">[rows, in].</param>
    /// <param name="tokensPerImage">Visual tokens of one image; rows is a multiple of it.</param>
    /// <param name="folded">Output of <see cref="FoldTask"/>, task after task, at least one row each and as many for each; null for hard and constant routing.</param>
    /// <param name="routingWeights">[tasks * rows, experts].</param>
    public abstract void Router(RouterWeights? weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor? folded, Tensor routingWeights);

    /// <summary>
    /// output = sum over experts of routing weight * expert(token), for one task or for several at once, which share what the experts make of the tokens. Row t * rows + r is token r for
    /// task t. Experts to which no task gives weight do no work. A task's output is the same bits as alone.
    /// </summary>
    /// <param name="weights">The experts.</param>
    /// <param name="tokens">[rows, in].</param>
    /// <param name="routingWeights">[tasks * rows, experts].</param>
    /// <param name="output">[tasks * rows, out].</param>
    public abstract void ExpertProjection(ExpertWeights weights, Tensor tokens, Tensor routingWeights, Tensor output);

    /// <summary>Chooses the next token of each row.</summary>
    /// <param name="logits">[rows, vocabulary]; not changed.</param>
    /// <param name="parameters">One for each row; a temperature or penalty that is not positive, or a top-p outside [0, 1], is an <see cref="ArgumentException"/>.</param>
    /// <param name="history">Token ids that count for penalties and lengths: begin-of-sequence and the new tokens, not the prompt.</param>
    /// <param name="historyOffsets">rows + 1 borders into the history.</param>
    /// <param name="result">One token for each row.</param>
    public abstract void Sample(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Span<SampledToken> result);

    /// <inheritdoc/>
    public abstract void Dispose();
}
