using System.Buffers;
using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// Causal attention over the paged cache. Shapes: query [rows, heads, head_dim]; the row at position p reads keys and values 0..p of its sequence.
/// Work: 4 * heads * head_dim * (sum of positions seen) FLOP; a decode step reads every cached position once.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void PrefillAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        var pages = (HostKvCache)cache;
        int headDim = pages.HeadDim;
        int heads = query.Columns / headDim;
        int group = heads / pages.KvHeads;
        float scale = 1 / MathF.Sqrt(headDim);
        float* from = Data(query);
        float* to = Data(output);
        for (int s = 0; s < batch.Sequences; s++)
        {
            int first = batch.RowOffsets[s];
            int rows = batch.RowOffsets[s + 1] - first;
            if (rows == 0)
                continue;
            int start = batch.StartPositions[s];
            int[] blocks = BlocksOf(batch, s).ToArray();
            ParallelRows.For(heads * rows, 2L * (start + rows) * headDim, (low, high) =>
            {
                float[] scores = ArrayPool<float>.Shared.Rent(start + rows);
                for (int work = low; work < high; work++)
                {
                    int head = work / rows;
                    int row = work % rows;
                    int seen = start + row + 1;
                    long at = ((first + row) * (long)heads * headDim) + (head * headDim);
                    for (int p = 0; p < seen; p++)
                        scores[p] = Dot.Product(from + at, pages.Key(layer, blocks[p / pages.BlockSize], head / group, p % pages.BlockSize), headDim) * scale;
                    Softmax.Apply(scores.AsSpan(0, seen));
                    var sum = new Span<float>(to + at, headDim);
                    sum.Clear();
                    for (int p = 0; p < seen; p++)
                    {
                        float* value = pages.Value(layer, blocks[p / pages.BlockSize], head / group, p % pages.BlockSize);
                        for (int c = 0; c < headDim; c++)
                            sum[c] += scores[p] * value[c];
                    }
                }

                ArrayPool<float>.Shared.Return(scores);
            });
        }
    }

    /// <inheritdoc/>
    protected override void DecodeAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output) =>
        PrefillAttentionCore(query, batch, extent, cache, layer, output);

    /// <inheritdoc/>
    protected override void CopyKvBlocksCore(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations) =>
        ((HostKvCache)cache).CopyBlocks(sources, destinations);
}
