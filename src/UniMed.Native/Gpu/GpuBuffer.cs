namespace UniMed.Native.Gpu;

/// <summary>fp32 activations in a card's memory.</summary>
/// <typeparam name="TMemory">The device's memory.</typeparam>
internal sealed class GpuBuffer<TMemory>(Device device, TMemory memory, long length) : DeviceBuffer(device, length)
    where TMemory : class, IGpuMemory
{
    ~GpuBuffer() => DisposeCore();

    /// <summary>Its memory.</summary>
    public TMemory Memory => memory;

    protected override void DisposeCore() => memory.Dispose();
}
