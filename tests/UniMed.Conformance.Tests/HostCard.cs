using System.Runtime.InteropServices;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.Conformance.Tests;

/// <summary>A card of which the host has a context, a stream and memory, and the device that works beside it there.</summary>
internal sealed class HostCard : IDisposable
{
    private readonly Random _noise = new(99);
    private bool _modelOwnsDevice;

    /// <summary>Makes the device over a driver.</summary>
    public HostCard(ICudaDriver driver)
    {
        Driver = driver;
        Stream = driver.CreateStream();
        Device = new CudaDevice(driver, Stream);
    }

    public ICudaDriver Driver { get; }

    /// <summary>The host's.</summary>
    public CudaStream Stream { get; }

    public CudaDevice Device { get; }

    /// <summary>The device, for a model that takes it over.</summary>
    public Device ForModel()
    {
        _modelOwnsDevice = true;
        return Device;
    }

    /// <summary>Puts rows into memory, so far apart, behind so many other bytes; all around them is noise.</summary>
    /// <returns>Where the first row begins.</returns>
    public nint Place(ReadOnlySpan<byte> rows, int rowLength, int gap, int shift, int planes = 1)
    {
        int count = rows.Length / rowLength;
        byte[] memory = new byte[shift + (count * (rowLength + gap)) - (planes == 1 ? gap : 0)];
        _noise.NextBytes(memory);
        for (int row = 0; row < count; row++)
            rows.Slice(row * rowLength, rowLength).CopyTo(memory.AsSpan(shift + (row * (rowLength + gap))));
        DevicePointer at = Driver.Allocate(memory.Length);
        Driver.CopyToDevice(at, memory);
        return (nint)at.Address + shift;
    }

    /// <summary>What a device reads of a picture.</summary>
    public float[] Read(DevicePixels pixels, PixelPreparation how)
    {
        using DeviceBuffer buffer = Device.Allocate(3L * how.Side * how.Side);
        Tensor output = buffer.AsTensor(1, 3 * how.Side * how.Side);
        if (!Device.ReadPixels(pixels, how, output))
            throw new InvalidOperationException("Some numbers are not finite.");
        var result = new float[output.Length];
        Device.Download(output, result);
        return result;
    }

    /// <summary>Bytes of numbers.</summary>
    public static ReadOnlySpan<byte> BytesOf<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan());

    public void Dispose()
    {
        if (!_modelOwnsDevice)
            Device.Dispose();
    }
}
