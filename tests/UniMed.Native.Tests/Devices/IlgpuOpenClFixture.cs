using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <summary>
/// The ILGPU kernels through OpenCL, in the shape a GPU runs them. On a machine without a GPU that is Debian's pocl, which runs a group's threads as vectors of the CPU. Tests are skipped where OpenCL has no
/// device.
/// </summary>
public sealed class IlgpuOpenClFixture : IDeviceFixture
{
    private const string Name = "ilgpu:opencl";

    /// <summary>Keeps the compiled kernels from one class to the next.</summary>
    private static readonly Lazy<Device> Kept = new(() => DeviceCatalog.Create(Name));

    private readonly Lazy<Device> _device = new(Open);

    public Device Device => _device.Value;

    /// <summary>4 units of fp32, as for the same kernels on ILGPU's CPU accelerator.</summary>
    public double Tolerance => 4 * Math.Pow(2, -23);

    /// <summary>The compiler may fuse products and sums of the two attentions differently.</summary>
    public double DecodeTolerance => Tolerance;

    public Device OpenAnother() => DeviceCatalog.Create(Name);

    /// <summary>Opens a device of its own.</summary>
    internal static Device Open()
    {
        DeviceAvailability described = DeviceCatalog.List().First(device => device.Name == Name);
        Assert.SkipUnless(described.IsAvailable, $"{Name}: {described.Detail}");
        _ = Kept.Value;
        return DeviceCatalog.Create(Name);
    }

    public void Dispose()
    {
        if (_device.IsValueCreated)
            _device.Value.Dispose();
    }
}
