namespace UniMed.Native.Tests.Devices;

/// <summary>The ILGPU kernels on ILGPU's CPU accelerator, with one thread a group: fp32 operands and sums, and the same bits whether a prompt comes at once or token by token.</summary>
public sealed class IlgpuCpuFixture : IDeviceFixture
{
    /// <summary>Keeps the compiled kernels from one class to the next.</summary>
    private static readonly Lazy<Device> Kept = new(() => DeviceCatalog.Create(Name));

    private const string Name = "ilgpu:cpu";

    public IlgpuCpuFixture()
    {
        _ = Kept.Value;
        Device = DeviceCatalog.Create(Name);
    }

    public Device Device { get; }

    /// <summary>4 units of fp32: exponentials and error functions are the kernels' own, norms are summed in fp32.</summary>
    public double Tolerance => 4 * Math.Pow(2, -23);

    public double DecodeTolerance => 0;

    public Device OpenAnother() => DeviceCatalog.Create(Name);

    public void Dispose() => Device.Dispose();
}
