namespace UniMed.Native.Host;

// Weights used in place from the memory they were loaded from: matrices as a device's kernels see them, vectors widened.
// Kernels see bare addresses. What keeps the memory, such as a file's map, is the host tensors' owners, and the host tensors
// are held because ByteLength reads them: it must not become a number that is stored.

/// <summary>A linear layer in place.</summary>
/// <typeparam name="TMatrix">What kernels see of a matrix.</typeparam>
internal sealed class InPlaceLinear<TMatrix>(Device device, Func<HostTensor, TMatrix> view, HostTensor weight, HostTensor? bias)
    : LinearWeights(device, weight.Columns, weight.Rows)
{
    public TMatrix Matrix { get; } = view(weight);

    public WidenedVector? Bias { get; } = bias is { } given ? new WidenedVector(given) : null;

    public override long ByteLength => weight.ByteLength;
}

/// <summary>A norm's scale and shift, widened.</summary>
internal sealed class InPlaceNorm(Device device, HostTensor weight, HostTensor? bias) : NormWeights(device, weight.Columns, bias is not null)
{
    public WidenedVector Weight { get; } = new(weight);

    public WidenedVector? Bias { get; } = bias is { } given ? new WidenedVector(given) : null;

    public override long ByteLength => (Weight.Length + (Bias?.Length ?? 0)) * (long)sizeof(float);
}

/// <summary>gate_proj and up_proj in place.</summary>
/// <typeparam name="TMatrix">What kernels see of a matrix.</typeparam>
internal sealed class InPlaceGated<TMatrix>(Device device, Func<HostTensor, TMatrix> view, HostTensor gate, HostTensor up)
    : GatedWeights(device, gate.Columns, gate.Rows)
{
    public TMatrix Gate { get; } = view(gate);

    public TMatrix Up { get; } = view(up);

    public override long ByteLength => gate.ByteLength + up.ByteLength;
}

/// <summary>q_proj, k_proj and v_proj in place, and the rotary table.</summary>
/// <typeparam name="TMatrix">What kernels see of a matrix.</typeparam>
internal sealed class InPlaceQkv<TMatrix>(
    Device device, Func<HostTensor, TMatrix> view, HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    : QkvWeights(device, query.Columns, heads, kvHeads, rotary.HeadDim, rotary.Positions)
{
    public TMatrix Query { get; } = view(query);

    public TMatrix Key { get; } = view(key);

    public TMatrix Value { get; } = view(value);

    public RotaryTable Rotary => rotary;

    public override long ByteLength => query.ByteLength + key.ByteLength + value.ByteLength;
}

/// <summary>Patch convolution as a matrix [channels, 3 * patch * patch], in place; class token and positions widened.</summary>
/// <typeparam name="TMatrix">What kernels see of a matrix.</typeparam>
internal sealed class InPlacePatchEmbedding<TMatrix>(
    Device device, Func<HostTensor, TMatrix> view, HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    : PatchEmbeddingWeights(device, weight.Rows, patchSize, grid)
{
    public TMatrix Matrix { get; } = view(weight);

    public WidenedVector Bias { get; } = new(bias);

    public WidenedVector ClassToken { get; } = new(classToken);

    public WidenedVector Positions { get; } = new(positions);

    public override long ByteLength => weight.ByteLength + ((Bias.Length + ClassToken.Length + Positions.Length) * (long)sizeof(float));
}

/// <summary>A token embedding table in place.</summary>
/// <typeparam name="TMatrix">What kernels see of a matrix.</typeparam>
internal sealed class InPlaceEmbedding<TMatrix>(Device device, Func<HostTensor, TMatrix> view, HostTensor table) : EmbeddingWeights(device, table.Rows, table.Columns)
{
    public TMatrix Table { get; } = view(table);

    public override long ByteLength => table.ByteLength;
}

/// <summary>The router's layers in place; fc1 is seen as its task columns and its token columns.</summary>
/// <typeparam name="TMatrix">What kernels see of a matrix.</typeparam>
internal sealed class InPlaceRouter<TMatrix>(
    Device device, Func<HostTensor, TMatrix> view, HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    : RouterWeights(device, taskColumns, fc1.Columns - taskColumns, fc1.Rows, fc2.Rows)
{
    public TMatrix Task { get; } = view(fc1.SliceColumns(0, taskColumns));

    public TMatrix Token { get; } = view(fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns));

    public WidenedVector Fc1Bias { get; } = new(fc1Bias);

    public TMatrix Fc2 { get; } = view(fc2);

    public WidenedVector Fc2Bias { get; } = new(fc2Bias);

    public override long ByteLength => fc1.SliceColumns(TaskColumns, TokenColumns).ByteLength + fc2.ByteLength;
}

/// <summary>The experts' layers in place; Second is empty for moe_linear.</summary>
/// <typeparam name="TMatrix">What kernels see of a matrix.</typeparam>
internal sealed class InPlaceExperts<TMatrix>(
    Device device, Func<HostTensor, TMatrix> view, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    : ExpertWeights(device, first.Count, first[0].Weight.Columns, first[0].Weight.Rows, (second.Count > 0 ? second : first)[0].Weight.Rows)
{
    public InPlaceLinear<TMatrix>[] First { get; } = Layers(device, view, first);

    public InPlaceLinear<TMatrix>[] Second { get; } = Layers(device, view, second);

    public override long ByteLength => First.Concat(Second).Sum(layer => layer.ByteLength);

    private static InPlaceLinear<TMatrix>[] Layers(Device device, Func<HostTensor, TMatrix> view, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers) =>
        [.. layers.Select(layer => new InPlaceLinear<TMatrix>(device, view, layer.Weight, layer.Bias))];
}
