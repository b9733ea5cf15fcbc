namespace UniMed.Native.Cpu;

/// <summary>
/// Attention over all tokens of an image. Shapes: qkv [rows, 3, heads, head_dim] -> [rows, heads, head_dim]. Work: 4 * rows * tokens * channels FLOP. A unit is a head of an
/// image, or a part of its queries; it lays queries, keys and values out in whole vectors and goes over the keys in blocks of 64.
/// </summary>
public sealed partial class CpuDevice
{
    /// <summary>Keys whose scores exist at once; block borders count from the first key, so a query's sums do not depend on its neighbours.</summary>
    private const int KeyBlock = 64;

    /// <summary>Room for a block's scores: tiles write up to three behind the last, softmax up to a whole vector.</summary>
    private const int ScoreStride = KeyBlock + Kernels.Pad;

    /// <inheritdoc/>
    protected override unsafe void VisionAttentionCore(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        int channels = output.Columns;
        int headDim = channels / heads;
        int images = rowOffsets.Length - 1;
        long work = 0;
        for (int image = 0; image < images; image++)
            work += (long)(rowOffsets[image + 1] - rowOffsets[image]) * (rowOffsets[image + 1] - rowOffsets[image]) * channels * 2;
        fixed (int* offsets = rowOffsets)
        {
            // Few heads for many threads: a head's queries are shared out too.
            int parts = Math.Max(1, 2 * _team.Threads / Math.Max(1, images * heads));
            var job = new VisionJob { Qkv = Data(qkv), Output = Data(output), Offsets = offsets, Heads = heads, HeadDim = headDim, Parts = parts };
            Run(images * heads * parts, work, &VisionUnit, &job);
        }
    }

    private static unsafe void VisionUnit(void* state, int unit)
    {
        ref VisionJob job = ref *(VisionJob*)state;
        int part = unit % job.Parts;
        int head = unit / job.Parts % job.Heads;
        int image = unit / job.Parts / job.Heads;
        int first = job.Offsets[image];
        int tokens = job.Offsets[image + 1] - first;
        int firstQuery = (int)((long)tokens * part / job.Parts);
        int queries = (int)((long)tokens * (part + 1) / job.Parts) - firstQuery;
        if (queries == 0)
            return;
        int channels = job.Heads * job.HeadDim;
        nint rowStride = 3 * (nint)channels;
        int padded = Kernels.PadColumns(job.HeadDim);
        float* source = job.Qkv + (first * rowStride) + ((nint)head * job.HeadDim);
        // Scores are computed for whole groups of keys.
        float* keys = Scratch.Of(Scratch.Panel, (long)(tokens + Kernels.TileRows) * padded);
        float* values = Scratch.Of(Scratch.Products, (long)tokens * padded);
        float* query = Scratch.Of(Scratch.MoreProducts, Kernels.TileTokens * ((2 * padded) + (long)ScoreStride));
        float* sums = query + (Kernels.TileTokens * padded);
        float* scores = sums + (Kernels.TileTokens * padded);
        for (int t = 0; t < tokens; t++)
        {
            PadRow(source + (t * rowStride) + channels, keys + ((nint)t * padded), job.HeadDim, padded);
            PadRow(source + (t * rowStride) + (2 * channels), values + ((nint)t * padded), job.HeadDim, padded);
        }

        float scale = 1 / MathF.Sqrt(job.HeadDim);
        float* largest = stackalloc float[Kernels.TileTokens];
        float* total = stackalloc float[Kernels.TileTokens];
        for (int q = 0; q < queries; q += Kernels.TileTokens)
        {
            int count = Math.Min(Kernels.TileTokens, queries - q);
            new Span<float>(query, 2 * Kernels.TileTokens * padded).Clear();
            for (int i = 0; i < count; i++)
            {
                Kernels.Best.Scale(source + ((firstQuery + q + i) * rowStride), scale, query + (i * padded), job.HeadDim);
                largest[i] = float.NegativeInfinity;
                total[i] = 0;
            }

            for (int key = 0; key < tokens; key += KeyBlock)
            {
                int seen = Math.Min(KeyBlock, tokens - key);
                Kernels.Best.Dots(keys + ((nint)key * padded), padded, seen, query, padded, count, padded, scores, ScoreStride);
                for (int i = 0; i < count; i++)
                    Kernels.Best.SoftmaxStep(scores + (i * ScoreStride), seen, ref largest[i], ref total[i], sums + (i * padded), padded);
                Kernels.Best.Accumulate(scores, ScoreStride, count, values + ((nint)key * padded), padded, seen, sums, padded, padded);
            }

            for (int i = 0; i < count; i++)
                Kernels.Best.Scale(sums + (i * padded), 1 / total[i], job.Output + ((first + firstQuery + q + i) * (nint)channels) + ((nint)head * job.HeadDim), job.HeadDim);
        }
    }

    private static unsafe void PadRow(float* source, float* destination, int count, int padded)
    {
        new Span<float>(source, count).CopyTo(new Span<float>(destination, count));
        new Span<float>(destination + count, padded - count).Clear();
    }

    private unsafe struct VisionJob
    {
        public float* Qkv;
        public float* Output;
        public int* Offsets;
        public int Heads;
        public int HeadDim;
        public int Parts;
    }
}
