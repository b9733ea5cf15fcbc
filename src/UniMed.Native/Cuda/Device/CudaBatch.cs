namespace UniMed.Native.Cuda.Device;

/// <summary>An <see cref="AttentionBatch"/> as kernels read it, and its largest sequence.</summary>
internal sealed class CudaBatch(CudaMemory rowOffsets, CudaMemory startPositions, CudaMemory blockTables, int mostRows, int longest) : IDisposable
{
    /// <summary>[sequences + 1].</summary>
    public CudaMemory RowOffsets => rowOffsets;

    /// <summary>[sequences].</summary>
    public CudaMemory StartPositions => startPositions;

    /// <summary>[sequences, blocks per sequence].</summary>
    public CudaMemory BlockTables => blockTables;

    /// <summary>Most rows of a sequence.</summary>
    public int MostRows => mostRows;

    /// <summary>Most cached positions of a sequence, the new rows included.</summary>
    public int Longest => longest;

    public void Dispose()
    {
        rowOffsets.Dispose();
        startPositions.Dispose();
        blockTables.Dispose();
    }
}
