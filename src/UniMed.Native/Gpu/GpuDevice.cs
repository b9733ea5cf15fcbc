namespace UniMed.Native.Gpu;

/// <summary>
/// What devices with a memory of their own share: weights are packed while they travel, matrices that are used together as one, vectors as fp32; activations are fp32. How a matrix is packed,
/// and the operations, are the device's own.
/// </summary>
/// <typeparam name="TMatrix">A matrix in the order in which the kernels read it.</typeparam>
/// <typeparam name="TMemory">The device's memory.</typeparam>
internal abstract partial class GpuDevice<TMatrix, TMemory> : Device
    where TMatrix : class, IGpuMemory
    where TMemory : class, IGpuMemory
{
    private const long MaxBufferElements = 1L << 46;

    /// <summary>Memory with undefined contents, which belongs to whoever asks.</summary>
    /// <param name="bytes">At least 1.</param>
    public abstract TMemory Take(long bytes);

    /// <inheritdoc/>
    protected override DeviceBuffer AllocateCore(long elements) => elements <= MaxBufferElements
        ? new GpuBuffer<TMemory>(this, Take(Math.Max(1, elements) * sizeof(float)), elements)
        : throw new InsufficientMemoryException($"A buffer of {elements} numbers does not fit any memory.");

    /// <summary>Memory of a buffer of this device.</summary>
    protected static TMemory MemoryOf(in Tensor tensor) => ((GpuBuffer<TMemory>)tensor.Buffer).Memory;

    /// <summary>How many pieces of a size work makes.</summary>
    protected static int Blocks(long work, int each) => checked((int)((work + each - 1) / each));
}
