namespace UniMed.Native.Cpu;

/// <summary>Rows picked from a table, from visual tokens or from activations. No arithmetic.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public override unsafe void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        var own = Own<CpuEmbeddingWeights>(weights);
        int columns = own.Table.Columns;
        Require.Shape(output, ids.Length, columns, nameof(output));
        if (visualTokens is { } tokens)
            Require.Shape(tokens, tokens.Rows, columns, nameof(visualTokens));
        float* to = Data(output);
        float* visual = visualTokens is { } some ? Data(some) : null;
        float* row = Scratch.Of(Scratch.Products, Kernels.PadColumns(columns));
        for (int r = 0; r < ids.Length; r++, to += columns)
        {
            if (ids[r] >= 0)
            {
                if (ids[r] >= own.Table.Rows)
                    throw new ArgumentException($"Token id {ids[r]} in a vocabulary of {own.Table.Rows}.", nameof(ids));
                _kernels.Widen(own.Table, ids[r], 0, columns, row);
                new Span<float>(row, columns).CopyTo(new Span<float>(to, columns));
                continue;
            }

            if (visualTokens is not { } given || ~ids[r] >= given.Rows)
                throw new ArgumentException($"Visual token {~ids[r]} of {visualTokens?.Rows ?? 0}.", nameof(ids));
            new ReadOnlySpan<float>(visual + ((nint)~ids[r] * columns), columns).CopyTo(new Span<float>(to, columns));
        }

        KeepAlive(output, visualTokens);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public override unsafe void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        Require.Shape(output, rows.Length, input.Columns, nameof(output));
        float* from = Data(input);
        float* to = Data(output);
        for (int r = 0; r < rows.Length; r++)
        {
            if ((uint)rows[r] >= (uint)input.Rows)
                throw new ArgumentException($"Row {rows[r]} of {input.Rows}.", nameof(rows));
            new ReadOnlySpan<float>(from + ((nint)rows[r] * input.Columns), input.Columns).CopyTo(new Span<float>(to + ((nint)r * input.Columns), input.Columns));
        }

        KeepAlive(input, output);
    }
}
