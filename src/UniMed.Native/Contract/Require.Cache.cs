using System.Numerics;
using System.Runtime.InteropServices;

namespace UniMed.Native;

/// <content>The paged cache and batches over it.</content>
internal static partial class Require
{
    /// <summary>Queries split into heads that share the cache's.</summary>
    public static void Heads(in Tensor query, KvCache cache)
    {
        int heads = query.Columns / cache.HeadDim;
        if (heads == 0 || heads * cache.HeadDim != query.Columns || heads % cache.KvHeads != 0)
            throw new ArgumentException($"{query.Columns} channels do not split into heads of {cache.HeadDim} over {cache.KvHeads} kv heads.", nameof(query));
    }

    /// <summary>A cache for a layer's keys and values.</summary>
    public static void Heads(QkvWeights weights, KvCache cache)
    {
        if (cache.KvHeads != weights.KvHeads || cache.HeadDim != weights.HeadDim)
            throw new ArgumentException($"The cache holds {cache.KvHeads} heads of {cache.HeadDim}, the layer has {weights.KvHeads} of {weights.HeadDim}.", nameof(cache));
    }

    /// <summary>The layer is one of the cache, and every position of the batch has its block.</summary>
    /// <returns>How far the batch reaches.</returns>
    public static BatchExtent Batch(in AttentionBatch batch, KvCache cache, int layer)
    {
        if ((uint)layer >= (uint)cache.Layers)
            throw new ArgumentException($"Layer {layer} of a cache with {cache.Layers} layers.", nameof(layer));
        int maxRows = 0;
        int maxPositions = 0;
        for (int s = 0; s < batch.Sequences; s++)
        {
            int rows = batch.RowOffsets[s + 1] - batch.RowOffsets[s];
            if (rows == 0)
                continue;
            int end = batch.StartPositions[s] + rows;
            int blocks = ((end - 1) / cache.BlockSize) + 1;
            if (blocks > batch.BlocksPerSequence)
                throw new ArgumentException($"Position {end - 1} needs {blocks} blocks; the block table holds {batch.BlocksPerSequence}.", nameof(batch));
            Blocks(cache, batch.BlockTables.Slice(s * batch.BlocksPerSequence, blocks), nameof(batch));
            maxRows = Math.Max(maxRows, rows);
            maxPositions = Math.Max(maxPositions, end);
        }

        return new BatchExtent(maxRows, maxPositions);
    }

    /// <summary>A rotary table has every position of a batch.</summary>
    public static void Positions(in AttentionBatch batch, BatchExtent extent, int positions)
    {
        if (extent.MaxPositions > positions)
            throw new ArgumentException($"Position {extent.MaxPositions - 1} lies behind the rotary table's {positions} positions.", nameof(batch));
    }

    /// <summary>A decode step has one row a sequence.</summary>
    public static void OneRowEach(in AttentionBatch batch)
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
        Blocks(cache, sources, nameof(sources));
        Blocks(cache, destinations, nameof(destinations));
        for (int i = 0; i < sources.Length; i++)
        {
            if (destinations[..i].Contains(destinations[i]))
                throw new ArgumentException($"Block {destinations[i]} is a destination twice.", nameof(destinations));
            if (sources.Contains(destinations[i]))
                throw new ArgumentException($"Block {destinations[i]} is a source and a destination.", nameof(destinations));
        }
    }

    /// <summary>Blocks of the cache. Every layer of a decode step asks for all blocks of its sequences, so they are compared a vector at a time.</summary>
    private static void Blocks(KvCache cache, ReadOnlySpan<int> blocks, string name)
    {
        ReadOnlySpan<uint> left = MemoryMarshal.Cast<int, uint>(blocks);
        var all = new Vector<uint>((uint)cache.Blocks);
        while (left.Length >= Vector<uint>.Count && System.Numerics.Vector.LessThanAll(new Vector<uint>(left), all))
            left = left[Vector<uint>.Count..];
        foreach (uint block in left)
        {
            if (block >= (uint)cache.Blocks)
                throw new ArgumentException($"Block {(int)block} of a cache with {cache.Blocks} blocks.", name);
        }
    }
}
