using System.Buffers;
using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// Queries, keys and values of a LLaMA layer with rotary embedding, keys and values written to the paged cache.
/// Shapes: input [rows, hidden] -> query [rows, heads, head_dim]. Work: 2 * rows * hidden * (heads + 2 * kv_heads) * head_dim FLOP.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void QkvRotaryCore(QkvWeights weights, Tensor input, AttentionBatch batch, KvCache cache, int layer, Tensor query)
    {
        var own = (InPlaceQkv<HostTensor>)weights;
        var pages = (HostKvCache)cache;
        int headDim = own.Rotary.HeadDim;


        int kvWidth = own.KvHeads * headDim;
        float[] rented = ArrayPool<float>.Shared.Rent(ScratchLength.Of(2L * batch.Rows * kvWidth, nameof(input)));
        try
        {
            fixed (float* keys = rented)
            {
                float* values = keys + ((long)batch.Rows * kvWidth);
                float* queries = Data(query);
                Project(own.Query, Data(input), batch.Rows, queries);
                Project(own.Key, Data(input), batch.Rows, keys);
                Project(own.Value, Data(input), batch.Rows, values);
                for (int s = 0; s < batch.Sequences; s++)
                {
                    for (int row = batch.RowOffsets[s]; row < batch.RowOffsets[s + 1]; row++)
                    {
                        int position = batch.StartPositions[s] + row - batch.RowOffsets[s];
                        int block = BlocksOf(batch, s)[position / pages.BlockSize];
                        int slot = position % pages.BlockSize;
                        Rotate(queries + ((long)row * own.Heads * headDim), own.Heads, own.Rotary, position);
                        Rotate(keys + ((long)row * kvWidth), own.KvHeads, own.Rotary, position);
                        for (int head = 0; head < own.KvHeads; head++)
                        {
                            long at = ((long)row * kvWidth) + (head * headDim);
                            Buffer.MemoryCopy(keys + at, pages.Key(layer, block, head, slot), headDim * sizeof(float), headDim * sizeof(float));
                            Buffer.MemoryCopy(values + at, pages.Value(layer, block, head, slot), headDim * sizeof(float), headDim * sizeof(float));
                        }
                    }
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private static unsafe void Project(HostTensor weight, float* input, int rows, float* output)
    {
        int columns = weight.Rows;
        nint to = (nint)output;
        MatrixRows.Product(weight, input, rows, (row, token, value) => ((float*)to)[((long)token * columns) + row] = value);
    }

    /// <summary>x * cos + rotate_half(x) * sin, with rotate_half(x) = [-upper half, lower half].</summary>
    private static unsafe void Rotate(float* heads, int count, RotaryTable rotary, int position)
    {
        ReadOnlySpan<float> cos = rotary.Cos(position);
        ReadOnlySpan<float> sin = rotary.Sin(position);
        int half = rotary.HeadDim / 2;
        for (int head = 0; head < count; head++)
        {
            float* x = heads + ((long)head * rotary.HeadDim);
            for (int i = 0; i < half; i++)
            {
                float lower = x[i];
                float upper = x[i + half];
                x[i] = (lower * cos[i]) + (-upper * sin[i]);
                x[i + half] = (upper * cos[i]) + (lower * sin[i]);
            }
        }
    }

    private static ReadOnlySpan<int> BlocksOf(AttentionBatch batch, int sequence) =>
        batch.BlockTables.Slice(sequence * batch.BlocksPerSequence, batch.BlocksPerSequence);
}
