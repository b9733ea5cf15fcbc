namespace UniMed.Native;

/// <summary>Which rows belong to which sequence, where they stand in it, and where its keys and values lie.</summary>
public readonly ref struct AttentionBatch
{
    /// <summary>Describes a ragged batch.</summary>
    /// <param name="rowOffsets">sequences + 1 numbers: the first is 0; rows of sequence s are [rowOffsets[s], rowOffsets[s + 1]).</param>
    /// <param name="startPositions">Position of each sequence's first row: how many positions of it are cached before this call.</param>
    /// <param name="blockTables">sequences x blocksPerSequence block numbers of the cache; entries behind the last used one are not read.</param>
    /// <param name="blocksPerSequence">Width of the block table.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other, offsets do not start at 0 or fall, or a position is negative or beyond the range of int.</exception>
    public AttentionBatch(ReadOnlySpan<int> rowOffsets, ReadOnlySpan<int> startPositions, ReadOnlySpan<int> blockTables, int blocksPerSequence)
    {
        if (rowOffsets.Length != startPositions.Length + 1)
            throw new ArgumentException($"{startPositions.Length} sequences need {startPositions.Length + 1} row offsets, not {rowOffsets.Length}.", nameof(rowOffsets));
        if (rowOffsets[0] != 0)
            throw new ArgumentException($"Row offsets start at {rowOffsets[0]}, not at 0.", nameof(rowOffsets));
        ArgumentOutOfRangeException.ThrowIfNegative(blocksPerSequence);
        if (blockTables.Length != (long)startPositions.Length * blocksPerSequence)
            throw new ArgumentException($"{startPositions.Length} sequences x {blocksPerSequence} blocks need as many block numbers, not {blockTables.Length}.", nameof(blockTables));
        for (int s = 0; s < startPositions.Length; s++)
        {
            if (rowOffsets[s + 1] < rowOffsets[s] || startPositions[s] < 0 || startPositions[s] > int.MaxValue - (rowOffsets[s + 1] - rowOffsets[s]))
                throw new ArgumentException($"Sequence {s} has rows [{rowOffsets[s]}, {rowOffsets[s + 1]}) from position {startPositions[s]}.", nameof(rowOffsets));
        }

        RowOffsets = rowOffsets;
        StartPositions = startPositions;
        BlockTables = blockTables;
        BlocksPerSequence = blocksPerSequence;
    }

    /// <summary>Row range of each sequence.</summary>
    public ReadOnlySpan<int> RowOffsets { get; }

    /// <summary>Position of each sequence's first row.</summary>
    public ReadOnlySpan<int> StartPositions { get; }

    /// <summary>Block tables, one row a sequence.</summary>
    public ReadOnlySpan<int> BlockTables { get; }

    /// <summary>Width of the block table.</summary>
    public int BlocksPerSequence { get; }

    /// <summary>Number of sequences.</summary>
    public int Sequences => StartPositions.Length;

    /// <summary>Number of rows of all sequences.</summary>
    public int Rows => RowOffsets.IsEmpty ? 0 : RowOffsets[^1];
}
