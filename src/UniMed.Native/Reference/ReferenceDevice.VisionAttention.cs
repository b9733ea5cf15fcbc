using System.Buffers;
using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// Attention over all tokens of an image. Shapes: qkv [rows, 3, heads, head_dim] -> [rows, heads, head_dim].
/// Work: 4 * rows * tokens * channels FLOP.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void VisionAttentionCore(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        int channels = output.Columns;
        int headDim = channels / heads;
        float scale = 1 / MathF.Sqrt(headDim);
        float* from = Data(qkv);
        float* to = Data(output);
        for (int image = 0; image + 1 < rowOffsets.Length; image++)
        {
            int first = rowOffsets[image];
            int tokens = rowOffsets[image + 1] - first;
            ParallelRows.For(heads * tokens, 2L * tokens * headDim, (start, end) =>
            {
                float[] rented = ArrayPool<float>.Shared.Rent(tokens + headDim);
                Span<float> scores = rented.AsSpan(0, tokens);
                Span<float> query = rented.AsSpan(tokens, headDim);
                for (int work = start; work < end; work++)
                {
                    int head = work / tokens;
                    int row = first + (work % tokens);
                    float* q = from + ((long)row * 3 * channels) + (head * headDim);
                    for (int c = 0; c < headDim; c++)
                        query[c] = q[c] * scale;
                    fixed (float* scaled = query)
                    {
                        for (int t = 0; t < tokens; t++)
                            scores[t] = Dot.Product(scaled, from + ((((long)(first + t) * 3) + 1) * channels) + (head * headDim), headDim);
                    }

                    Softmax.Apply(scores);
                    var sum = new Span<float>(to + ((long)row * channels) + (head * headDim), headDim);
                    sum.Clear();
                    for (int t = 0; t < tokens; t++)
                    {
                        float* value = from + ((((long)(first + t) * 3) + 2) * channels) + (head * headDim);
                        for (int c = 0; c < headDim; c++)
                            sum[c] += scores[t] * value[c];
                    }
                }

                ArrayPool<float>.Shared.Return(rented);
            });
        }
    }
}
