namespace UniMed.Native.Host;

/// <summary>Host memory, 64-byte aligned, outside the garbage collector.</summary>
internal sealed unsafe class HostBuffer : DeviceBuffer
{
    private readonly HostAllocations _allocations;
    private nint _data;

    public HostBuffer(Device device, HostAllocations allocations, long length)
        : base(device, length)
    {
        _allocations = allocations;
        _data = HostMemory.Allocate(length);
        _allocations.Add(length);
    }

    ~HostBuffer() => DisposeCore();

    /// <summary>First element of a matrix in such a buffer.</summary>
    public static float* Data(in Tensor tensor)
    {
        nint data = ((HostBuffer)tensor.Buffer)._data;
        ObjectDisposedException.ThrowIf(data == 0, tensor.Buffer);
        return (float*)data + tensor.Offset;
    }

    protected override void DisposeCore()
    {
        if (HostMemory.Free(ref _data))
            _allocations.Add(-Length);
    }
}
