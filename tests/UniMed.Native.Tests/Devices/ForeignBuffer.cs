namespace UniMed.Native.Tests.Devices;

/// <summary>A buffer that no device made.</summary>
public sealed class ForeignBuffer(long length) : DeviceBuffer(length)
{
    protected override void Dispose(bool disposing)
    {
    }
}
