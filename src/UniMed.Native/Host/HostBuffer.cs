namespace UniMed.Native.Host;

/// <summary>Host memory, 64-byte aligned, outside the garbage collector.</summary>
/// <typeparam name="TDevice">The device it belongs to: another one's buffer is another type.</typeparam>
internal sealed unsafe class HostBuffer<TDevice> : DeviceBuffer
    where TDevice : Device
{
    private readonly HostAllocations _allocations;
    private nint _data;

    public HostBuffer(HostAllocations allocations, long length)
        : base(length)
    {
        _allocations = allocations;
        _data = HostMemory.Allocate(length);
        _allocations.Add(length);
    }

    ~HostBuffer() => Dispose(false);

    public float* Data
    {
        get
        {
            nint data = _data;
            ObjectDisposedException.ThrowIf(data == 0, this);
            return (float*)data;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (HostMemory.Free(ref _data))
            _allocations.Add(-Length);
    }
}
