using System.Runtime.InteropServices;

namespace UniMed.Native.Reference;

/// <summary>Host memory, 64-byte aligned, outside the garbage collector.</summary>
internal sealed unsafe class ReferenceBuffer : DeviceBuffer
{
    private readonly ReferenceDevice _device;
    private float* _data;

    public ReferenceBuffer(ReferenceDevice device, long length)
        : base(length)
    {
        _device = device;
        _data = (float*)NativeMemory.AlignedAlloc(checked((nuint)length * sizeof(float)), 64);
        _device.AddAllocated(length * sizeof(float));
    }

    ~ReferenceBuffer() => Dispose(false);

    public float* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data == null, this);
            return _data;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (_data == null)
            return;
        NativeMemory.AlignedFree(_data);
        _data = null;
        _device.AddAllocated(-Length * sizeof(float));
    }
}
