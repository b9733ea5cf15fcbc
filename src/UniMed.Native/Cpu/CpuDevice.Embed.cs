using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>Rows picked from a table, from visual tokens or from activations. No arithmetic.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    protected override unsafe void EmbedCore(EmbeddingWeights weights, ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output)
    {
        var own = (InPlaceEmbedding<CpuMatrix>)weights;
        int columns = own.Table.Columns;
        float* to = Data(output);
        float* visual = visualTokens is { } some ? Data(some) : null;
        float* row = Scratch.Of(Scratch.Products, Kernels.PadColumns(columns));
        for (int r = 0; r < ids.Length; r++, to += columns)
        {
            if (ids[r] >= 0)
            {
                _kernels.Widen(own.Table, ids[r], 0, columns, row);
                new Span<float>(row, columns).CopyTo(new Span<float>(to, columns));
                continue;
            }

            new ReadOnlySpan<float>(visual + ((nint)~ids[r] * columns), columns).CopyTo(new Span<float>(to, columns));
        }
    }

    /// <inheritdoc/>
    protected override unsafe void GatherRowsCore(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        float* from = Data(input);
        float* to = Data(output);
        for (int r = 0; r < rows.Length; r++)
            new ReadOnlySpan<float>(from + ((nint)rows[r] * input.Columns), input.Columns).CopyTo(new Span<float>(to + ((nint)r * input.Columns), input.Columns));
    }
}
