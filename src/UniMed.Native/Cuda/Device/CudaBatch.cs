namespace UniMed.Native.Cuda.Device;

/// <summary>An <see cref="AttentionBatch"/> as kernels read it.</summary>
internal sealed class CudaBatch(CudaMemory sequences, CudaMemory positions, CudaMemory blockTables) : IDisposable
{
    /// <summary>Sequence of each row.</summary>
    public CudaMemory Sequences => sequences;

    /// <summary>Position of each row.</summary>
    public CudaMemory Positions => positions;

    /// <summary>Block tables, one row a sequence.</summary>
    public CudaMemory BlockTables => blockTables;

    public void Dispose()
    {
        sequences.Dispose();
        positions.Dispose();
        blockTables.Dispose();
    }
}
