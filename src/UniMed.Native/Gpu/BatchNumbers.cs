namespace UniMed.Native.Gpu;

/// <summary>The numbers of a batch, kept: the layers of a step are given the same batch one after the other, and it is sent to the card once.</summary>
internal sealed class BatchNumbers
{
    private int[] _rowOffsets = [];
    private int[] _startPositions = [];
    private int[] _blockTables = [];
    private (int Sequences, int Width) _shape = (-1, -1);

    /// <summary>True for a batch of the numbers that were kept last.</summary>
    public bool Are(in AttentionBatch batch) =>
        _shape == (batch.Sequences, batch.BlocksPerSequence)
        && batch.RowOffsets.SequenceEqual(_rowOffsets.AsSpan(0, batch.RowOffsets.Length))
        && batch.StartPositions.SequenceEqual(_startPositions.AsSpan(0, batch.Sequences))
        && batch.BlockTables.SequenceEqual(_blockTables.AsSpan(0, batch.BlockTables.Length));

    /// <summary>Keeps a batch's numbers instead of those before. Allocates only for larger batches than before.</summary>
    public void Keep(in AttentionBatch batch)
    {
        _shape = (batch.Sequences, batch.BlocksPerSequence);
        Keep(batch.RowOffsets, ref _rowOffsets);
        Keep(batch.StartPositions, ref _startPositions);
        Keep(batch.BlockTables, ref _blockTables);
    }

    /// <summary>Forgets them.</summary>
    public void Clear() => _shape = (-1, -1);

    private static void Keep(ReadOnlySpan<int> values, ref int[] kept)
    {
        if (kept.Length < values.Length)
            kept = new int[PowerOfTwo.AtLeast(values.Length)];
        values.CopyTo(kept);
    }
}
