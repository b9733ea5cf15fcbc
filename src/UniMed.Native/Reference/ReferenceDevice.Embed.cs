namespace UniMed.Native.Reference;

/// <summary>Rows picked from a table, from visual tokens or from activations. No arithmetic.</summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    public override unsafe void Embed(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        HostTensor table = Own<ReferenceEmbeddingWeights>(weights).Table;
        Require.Shape(output, ids.Length, table.Columns, nameof(output));
        if (visualTokens is { } tokens)
            Require.Shape(tokens, tokens.Rows, table.Columns, nameof(visualTokens));
        for (int r = 0; r < ids.Length; r++)
        {
            var to = new Span<float>(Data(output) + ((long)r * table.Columns), table.Columns);
            if (ids[r] >= 0)
            {
                if (ids[r] >= table.Rows)
                    throw new ArgumentException($"Token id {ids[r]} in a vocabulary of {table.Rows}.", nameof(ids));
                table.CopyRowTo(ids[r], to);
                continue;
            }

            if (visualTokens is not { } given || ~ids[r] >= given.Rows)
                throw new ArgumentException($"Visual token {~ids[r]} of {visualTokens?.Rows ?? 0}.", nameof(ids));
            new ReadOnlySpan<float>(Data(given) + ((long)~ids[r] * table.Columns), table.Columns).CopyTo(to);
        }

        KeepAlive(output, visualTokens);
    }

    /// <inheritdoc/>
    public override unsafe void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        Require.Shape(output, rows.Length, input.Columns, nameof(output));
        for (int r = 0; r < rows.Length; r++)
        {
            if ((uint)rows[r] >= (uint)input.Rows)
                throw new ArgumentException($"Row {rows[r]} of {input.Rows}.", nameof(rows));
            new ReadOnlySpan<float>(Data(input) + ((long)rows[r] * input.Columns), input.Columns)
                .CopyTo(new Span<float>(Data(output) + ((long)r * input.Columns), input.Columns));
        }

        KeepAlive(input, output);
    }
}
