namespace UniMed.Native;

/// <content>The paged cache and batches over it.</content>
internal static partial class Require
{
    /// <summary>Sizes of a cache.</summary>
    public static void CacheSizes(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kvHeads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headDim);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockSize);
    }

    /// <summary>The layer is one of the cache.</summary>
    public static void Layer(KvCache cache, int layer)
    {
        if ((uint)layer >= (uint)cache.Layers)
            throw new ArgumentException($"Layer {layer} of a cache with {cache.Layers} layers.", nameof(layer));
    }

    /// <summary>The layer is one of the cache, and every position of the batch has its block.</summary>
    /// <returns>How far the batch reaches.</returns>
    public static BatchExtent Batch(AttentionBatch batch, KvCache cache, int layer)
    {
        Layer(cache, layer);
        int mostRows = 0;
        int longest = 0;
        for (int s = 0; s < batch.Sequences; s++)
        {
            int rows = batch.RowOffsets[s + 1] - batch.RowOffsets[s];
            if (rows == 0)
                continue;
            int end = batch.StartPositions[s] + rows;
            int blocks = ((end - 1) / cache.BlockSize) + 1;
            if (blocks > batch.BlocksPerSequence)
                throw new ArgumentException($"Position {end - 1} needs {blocks} blocks; the block table holds {batch.BlocksPerSequence}.", nameof(batch));
            foreach (int block in batch.BlockTables.Slice(s * batch.BlocksPerSequence, blocks))
                Block(cache, block, nameof(batch));
            mostRows = Math.Max(mostRows, rows);
            longest = Math.Max(longest, end);
        }

        return new BatchExtent(mostRows, longest);
    }

    /// <summary>A rotary table has every position of a batch.</summary>
    public static void Positions(AttentionBatch batch, BatchExtent extent, int positions)
    {
        if (extent.Longest > positions)
            throw new ArgumentException($"Position {extent.Longest - 1} lies behind the rotary table's {positions} positions.", nameof(batch));
    }

    /// <summary>A decode step has one row a sequence.</summary>
    public static void OneRowEach(AttentionBatch batch)
    {
        for (int s = 0; s < batch.Sequences; s++)
        {
            if (batch.RowOffsets[s + 1] - batch.RowOffsets[s] != 1)
                throw new ArgumentException($"A decode step has one row a sequence; sequence {s} has {batch.RowOffsets[s + 1] - batch.RowOffsets[s]}.", nameof(batch));
        }
    }

    /// <summary>Copies of blocks that may run in any order: a destination is named once and is nobody's source.</summary>
    public static void BlockCopies(KvCache cache, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        if (sources.Length != destinations.Length)
            throw new ArgumentException($"{sources.Length} sources for {destinations.Length} destinations.", nameof(destinations));
        for (int i = 0; i < sources.Length; i++)
        {
            Block(cache, sources[i], nameof(sources));
            Block(cache, destinations[i], nameof(destinations));
            if (destinations[..i].Contains(destinations[i]))
                throw new ArgumentException($"Block {destinations[i]} is a destination twice.", nameof(destinations));
            if (sources.Contains(destinations[i]))
                throw new ArgumentException($"Block {destinations[i]} is a source and a destination.", nameof(destinations));
        }
    }

    private static void Block(KvCache cache, int block, string name)
    {
        if ((uint)block >= (uint)cache.Blocks)
            throw new ArgumentException($"Block {block} of a cache with {cache.Blocks} blocks.", name);
    }
}
