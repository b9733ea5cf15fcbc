using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// Causal attention over the paged cache. Shapes: query [rows, heads, head_dim]; the row at position p reads keys and values 0..p of its sequence.
/// Work: 4 * heads * head_dim * (sum of positions seen) FLOP; a decode step reads every cached position once.
/// </summary>
/// <remarks>
/// A unit is one kv head of a sequence with up to 24 queries: the heads that share it and neighbouring rows, which meet the same keys while they are in the first-level cache. Keys come in blocks
/// of 64 positions from position 0 on, whatever the query: a token has the same bits in a prompt and by itself.
/// </remarks>
public sealed partial class CpuDevice
{
    private const int UnitQueries = 4 * Kernels.TileTokens;

    /// <inheritdoc/>
    protected override unsafe void PrefillAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output)
    {
        var pages = (HostKvCache)cache;
        int headDim = pages.HeadDim;
        int heads = query.Columns / headDim;
        int group = heads / pages.KvHeads;
        long work = 0;
        int units = 0;
        for (int s = 0; s < batch.Sequences; s++)
        {
            int rows = batch.RowOffsets[s + 1] - batch.RowOffsets[s];
            work += 2L * heads * headDim * rows * (batch.StartPositions[s] + rows);
            units += UnitsOf(rows, group) * pages.KvHeads;
        }

        fixed (int* rowOffsets = batch.RowOffsets, starts = batch.StartPositions, tables = batch.BlockTables)
        {
            var job = new CausalJob
            {
                Cached = new CachedBatch(pages, layer, rowOffsets, starts, tables, batch),
                Query = Data(query),
                Output = Data(output),
                KvHeads = pages.KvHeads,
                Group = group,
                HeadDim = headDim,
            };
            Run(units, work, &CausalUnit, &job);
        }
    }

    /// <inheritdoc/>
    protected override void DecodeAttentionCore(Tensor query, AttentionBatch batch, BatchExtent extent, KvCache cache, int layer, Tensor output) =>
        PrefillAttentionCore(query, batch, extent, cache, layer, output);

    /// <inheritdoc/>
    protected override void CopyKvBlocksCore(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations) =>
        ((HostKvCache)cache).CopyBlocks(sources, destinations);

    private static int UnitsOf(int rows, int group) => (int)((((long)rows * group) + UnitQueries - 1) / UnitQueries);

    private static unsafe void CausalUnit(void* state, int unit)
    {
        ref CausalJob job = ref *(CausalJob*)state;
        int sequence = 0;
        int parts = UnitsOf(job.Cached.RowOffsets[1] - job.Cached.RowOffsets[0], job.Group);
        while (unit >= parts * job.KvHeads)
        {
            unit -= parts * job.KvHeads;
            sequence++;
            parts = UnitsOf(job.Cached.RowOffsets[sequence + 1] - job.Cached.RowOffsets[sequence], job.Group);
        }

        int kvHead = unit / parts;
        int rows = job.Cached.RowOffsets[sequence + 1] - job.Cached.RowOffsets[sequence];
        int first = unit % parts * UnitQueries;
        int last = Math.Min(first + UnitQueries, rows * job.Group);
        for (int q = first; q < last; q += Kernels.TileTokens)
            CausalTile(job, sequence, kvHead, q, Math.Min(Kernels.TileTokens, last - q));
    }

    /// <summary>Query q of a sequence and kv head is row q / group, head kvHead * group + q mod group.</summary>
    private static unsafe void CausalTile(in CausalJob job, int sequence, int kvHead, int first, int count)
    {
        int padded = job.Cached.RowLength;
        float* query = Scratch.Of(Scratch.MoreProducts, Kernels.TileTokens * ((2 * padded) + (long)ScoreStride));
        float* sums = query + (Kernels.TileTokens * padded);
        float* scores = sums + (Kernels.TileTokens * padded);
        float* largest = stackalloc float[Kernels.TileTokens];
        float* total = stackalloc float[Kernels.TileTokens];
        nint* at = stackalloc nint[Kernels.TileTokens];
        int* seen = stackalloc int[Kernels.TileTokens];
        float scale = 1 / MathF.Sqrt(job.HeadDim);
        new Span<float>(query, 2 * Kernels.TileTokens * padded).Clear();
        for (int i = 0; i < count; i++)
        {
            int row = (first + i) / job.Group;
            int head = (kvHead * job.Group) + ((first + i) % job.Group);
            at[i] = (((nint)(job.Cached.RowOffsets[sequence] + row) * job.KvHeads * job.Group) + head) * job.HeadDim;
            seen[i] = job.Cached.Starts[sequence] + row + 1;
            Kernels.Best.Scale(job.Query + at[i], scale, query + (i * padded), job.HeadDim);
            largest[i] = float.NegativeInfinity;
            total[i] = 0;
        }

        for (int key = 0; key < seen[count - 1]; key += KeyBlock)
        {
            int keys = Math.Min(KeyBlock, seen[count - 1] - key);
            for (int done = 0; done < keys;)
            {
                float* rows = job.Cached.At(sequence, key + done, kvHead, out int following);
                int run = Math.Min(following, keys - done);
                Kernels.Best.Dots(rows, padded, run, query, padded, count, padded, scores + done, ScoreStride);
                done += run;
            }

            for (int i = 0; i < count; i++)
            {
                if (seen[i] > key)
                    Kernels.Best.SoftmaxStep(scores + (i * ScoreStride), Math.Min(keys, seen[i] - key), ref largest[i], ref total[i], sums + (i * padded), padded);
            }

            bool together = seen[0] - key >= keys;
            for (int done = 0; done < keys;)
            {
                float* values = job.Cached.At(sequence, key + done, kvHead + job.KvHeads, out int following);
                int run = Math.Min(following, keys - done);
                if (together)
                {
                    Kernels.Best.Accumulate(scores + done, ScoreStride, count, values, padded, run, sums, padded, padded);
                }
                else
                {
                    // A value behind a query's own position must not be touched, not even with weight 0: it may be NaN.
                    for (int i = 0; i < count; i++)
                        Kernels.Best.Accumulate(scores + (i * ScoreStride) + done, ScoreStride, 1, values, padded, Math.Clamp(seen[i] - key - done, 0, run), sums + (i * padded), padded, padded);
                }

                done += run;
            }
        }

        for (int i = 0; i < count; i++)
            Kernels.Best.Scale(sums + (i * padded), 1 / total[i], job.Output + at[i], job.HeadDim);
    }

    private unsafe struct CausalJob
    {
        public CachedBatch Cached;
        public float* Query;
        public float* Output;
        public int KvHeads;
        public int Group;
        public int HeadDim;
    }
}
