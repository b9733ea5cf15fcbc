namespace UniMed.Native.Cuda;

/// <summary>An <see cref="AttentionBatch"/> as kernels read it.</summary>
internal readonly ref struct CudaBatch
{
    private readonly CudaScratch _rowOffsets;
    private readonly CudaScratch _startPositions;
    private readonly CudaScratch _blockTables;
    private readonly Places _places;

    /// <summary>A batch in memory of its own, given back by Dispose.</summary>
    public CudaBatch(CudaScratch rowOffsets, CudaScratch startPositions, CudaScratch blockTables, int tableWidth)
        : this(new Places(rowOffsets.Pointer, startPositions.Pointer, blockTables.Pointer, tableWidth))
    {
        _rowOffsets = rowOffsets;
        _startPositions = startPositions;
        _blockTables = blockTables;
    }

    /// <summary>A batch in memory that somebody else gives back.</summary>
    public CudaBatch(Places places) => _places = places;

    /// <summary>[sequences + 1].</summary>
    public DevicePointer RowOffsets => _places.RowOffsets;

    /// <summary>[sequences].</summary>
    public DevicePointer StartPositions => _places.StartPositions;

    /// <summary>[sequences, <see cref="TableWidth"/>].</summary>
    public DevicePointer BlockTables => _places.BlockTables;

    /// <summary>Block numbers from one sequence's first to the next one's.</summary>
    public int TableWidth => _places.TableWidth;

    public void Dispose()
    {
        _blockTables.Dispose();
        _startPositions.Dispose();
        _rowOffsets.Dispose();
    }

    /// <summary>Where it lies.</summary>
    public readonly record struct Places(DevicePointer RowOffsets, DevicePointer StartPositions, DevicePointer BlockTables, int TableWidth);
}
