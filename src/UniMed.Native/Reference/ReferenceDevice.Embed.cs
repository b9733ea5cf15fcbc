using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>Rows picked from a table, from visual tokens or from activations. No arithmetic.</summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void EmbedCore(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        HostTensor table = ((InPlaceEmbedding<HostTensor>)weights).Table;
        for (int r = 0; r < ids.Length; r++)
        {
            var to = new Span<float>(Data(output) + ((long)r * table.Columns), table.Columns);
            if (ids[r] >= 0)
            {
                table.CopyRowTo(ids[r], to);
                continue;
            }

            new ReadOnlySpan<float>(Data(visualTokens!.Value) + ((long)~ids[r] * table.Columns), table.Columns).CopyTo(to);
        }
    }

    /// <inheritdoc/>
    protected override unsafe void GatherRowsCore(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        for (int r = 0; r < rows.Length; r++)
            new ReadOnlySpan<float>(Data(input) + ((long)rows[r] * input.Columns), input.Columns)
                .CopyTo(new Span<float>(Data(output) + ((long)r * input.Columns), input.Columns));
    }
}
