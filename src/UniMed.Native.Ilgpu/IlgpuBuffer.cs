using ILGPU;

namespace UniMed.Native.Ilgpu;

/// <summary>fp32 activations in the device's memory.</summary>
internal sealed class IlgpuBuffer(IlgpuDevice device, IlgpuMemory memory, long length) : DeviceBuffer(length)
{
    ~IlgpuBuffer() => Dispose(false);

    /// <summary>The device it lives on.</summary>
    public IlgpuDevice Device => device;

    /// <summary>Its numbers.</summary>
    /// <exception cref="ObjectDisposedException">The buffer is disposed.</exception>
    public ArrayView<float> View => memory.View<float>();

    protected override void Dispose(bool disposing) => memory.Dispose();
}
