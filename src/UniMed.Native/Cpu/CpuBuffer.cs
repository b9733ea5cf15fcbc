using UniMed.Native.Reference;

namespace UniMed.Native.Cpu;

/// <summary>Host memory, 64-byte aligned, outside the garbage collector.</summary>
internal sealed unsafe class CpuBuffer : DeviceBuffer
{
    private readonly CpuDevice _device;
    private nint _data;

    public CpuBuffer(CpuDevice device, long length)
        : base(length)
    {
        _device = device;
        _data = HostMemory.Allocate(length);
        _device.AddAllocated(length * sizeof(float));
    }

    ~CpuBuffer() => Dispose(false);

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
            _device.AddAllocated(-Length * sizeof(float));
    }
}
