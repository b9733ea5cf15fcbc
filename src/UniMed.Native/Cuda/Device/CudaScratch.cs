namespace UniMed.Native.Cuda;

/// <summary>Memory of the card for one operation. Dispose it when the last launch that uses it has been asked for.</summary>
internal readonly ref struct CudaScratch
{
    private readonly CudaMemory? _memory;
    private readonly CudaStep? _step;

    /// <summary>Memory out of the pool, or out of what a step keeps.</summary>
    public CudaScratch(CudaMemory memory, CudaStep? step)
    {
        _memory = memory;
        _step = step;
        Pointer = memory.Pointer;
    }

    /// <summary>A place that somebody else gives back.</summary>
    public CudaScratch(DevicePointer pointer) => Pointer = pointer;

    /// <summary>Where it is; null by default.</summary>
    public DevicePointer Pointer { get; }

    public void Dispose()
    {
        if (_memory is null)
            return;
        if (_step is null)
            _memory.Dispose();
        else
            _step.GiveBack(_memory);
    }
}
