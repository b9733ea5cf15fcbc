namespace UniMed.Native.Reference;

/// <summary>Host memory, 64-byte aligned, outside the garbage collector.</summary>
internal sealed unsafe class ReferenceBuffer : DeviceBuffer
{
    private readonly ReferenceDevice _device;
    private nint _data;

    public ReferenceBuffer(ReferenceDevice device, long length)
        : base(length)
    {
        _device = device;
        _data = HostMemory.Allocate(length);
        _device.AddAllocated(length * sizeof(float));
    }

    ~ReferenceBuffer() => Dispose(false);

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
        if (!HostMemory.Free(ref _data))
            return;
        _device.AddAllocated(-Length * sizeof(float));
    }
}
