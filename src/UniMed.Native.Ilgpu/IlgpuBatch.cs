namespace UniMed.Native.Ilgpu;

/// <summary>
/// An <see cref="AttentionBatch"/> as kernels read it. The layers of a step are given the same batch one after the other, so the last one is kept and sent once.
/// </summary>
internal sealed class IlgpuBatch(int[] rowOffsets, int[] startPositions, int[] blockTables, int blockSize, IlgpuMemory numbers, int mostRows, int longest) : IDisposable
{
    /// <summary>Row borders, positions of first rows, block tables, and the places of all rows, one after the other.</summary>
    public IlgpuMemory Numbers => numbers;

    /// <summary>Most rows of a sequence.</summary>
    public int MostRows => mostRows;

    /// <summary>Most cached positions of a sequence, the new rows included.</summary>
    public int Longest => longest;

    /// <summary>True for the same numbers over a cache of the same block size.</summary>
    public bool Is(AttentionBatch batch, int sizeOfBlock) =>
        sizeOfBlock == blockSize && batch.RowOffsets.SequenceEqual(rowOffsets) && batch.StartPositions.SequenceEqual(startPositions) && batch.BlockTables.SequenceEqual(blockTables);

    public void Dispose() => numbers.Dispose();
}
