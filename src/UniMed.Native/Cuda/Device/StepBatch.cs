using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>The batch a step's operations share: placed once, found again by every layer.</summary>
internal sealed class StepBatch
{
    private const int MinTableWidth = 8;

    private readonly BatchNumbers _placed = new();
    private CudaBatch.Places _places;

    /// <summary>
    /// Places a batch, unless it is the one that was placed last. The table's width on the card is a power of two, so that a growing sequence changes what is launched only when it doubles.
    /// </summary>
    public CudaBatch Place(AttentionBatch batch, StepIntegers integers)
    {
        if (_placed.Are(batch))
            return new CudaBatch(_places);
        int width = PowerOfTwo.AtLeast(Math.Max(MinTableWidth, batch.BlocksPerSequence));
        DevicePointer rowOffsets = integers.Add(batch.RowOffsets);
        DevicePointer startPositions = integers.Add(batch.StartPositions);
        Span<int> table = integers.Reserve(checked(batch.Sequences * width), out DevicePointer blockTables);
        table.Clear();
        for (int s = 0; s < batch.Sequences; s++)
            batch.BlockTables.Slice(s * batch.BlocksPerSequence, batch.BlocksPerSequence).CopyTo(table[(s * width)..]);
        _places = new CudaBatch.Places(rowOffsets, startPositions, blockTables, width);
        _placed.Keep(batch);
        return new CudaBatch(_places);
    }

    /// <summary>Forgets the batch.</summary>
    public void Clear() => _placed.Clear();
}
