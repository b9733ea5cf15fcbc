namespace UniMed.Native.Cuda;

/// <summary>The batch a step's operations share: checked and placed once, found again by every layer.</summary>
internal sealed class StepBatch
{
    private const int LeastTableWidth = 8;

    private int[] _rowOffsets = [];
    private int[] _startPositions = [];
    private int[] _blockTables = [];
    private (int Sequences, int Width) _shape;
    private CudaKvCache? _cache;
    private CudaBatch.Places _places;
    private BatchExtent _extent;

    /// <summary>The batch on the card.</summary>
    public CudaBatch Current => new(_places, _extent);

    /// <summary>True when this is the batch that was placed last, for the same cache.</summary>
    public bool Is(AttentionBatch batch, CudaKvCache cache) =>
        ReferenceEquals(cache, _cache)
        && _shape == (batch.Sequences, batch.BlocksPerSequence)
        && batch.RowOffsets.SequenceEqual(_rowOffsets.AsSpan(0, batch.RowOffsets.Length))
        && batch.StartPositions.SequenceEqual(_startPositions.AsSpan(0, batch.Sequences))
        && batch.BlockTables.SequenceEqual(_blockTables.AsSpan(0, batch.BlockTables.Length));

    /// <summary>
    /// Places a checked batch. The table's width on the card is a power of two, so that a growing sequence changes what is launched only when it doubles.
    /// </summary>
    public void Place(AttentionBatch batch, CudaKvCache cache, BatchExtent extent, StepIntegers integers)
    {
        _cache = cache;
        _shape = (batch.Sequences, batch.BlocksPerSequence);
        _extent = extent;
        Keep(batch.RowOffsets, ref _rowOffsets);
        Keep(batch.StartPositions, ref _startPositions);
        Keep(batch.BlockTables, ref _blockTables);
        int width = PowerOfTwo.AtLeast(Math.Max(LeastTableWidth, batch.BlocksPerSequence));
        DevicePointer rowOffsets = integers.Add(batch.RowOffsets);
        DevicePointer startPositions = integers.Add(batch.StartPositions);
        Span<int> table = integers.Reserve(checked(batch.Sequences * width), out DevicePointer blockTables);
        table.Clear();
        for (int s = 0; s < batch.Sequences; s++)
            batch.BlockTables.Slice(s * batch.BlocksPerSequence, batch.BlocksPerSequence).CopyTo(table[(s * width)..]);
        _places = new CudaBatch.Places(rowOffsets, startPositions, blockTables, width);
    }

    /// <summary>Forgets the batch.</summary>
    public void Clear() => _cache = null;

    private static void Keep(ReadOnlySpan<int> values, ref int[] kept)
    {
        if (kept.Length < values.Length)
            kept = new int[PowerOfTwo.AtLeast(values.Length)];
        values.CopyTo(kept);
    }
}
