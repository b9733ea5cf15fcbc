using UniMed.Native.Ilgpu;

namespace UniMed.Native.Tests.Devices;

/// <summary>The ILGPU kernels on ILGPU's CPU accelerator with two threads a group, so that their barriers, shared memory and tiles are those of a GPU, only smaller.</summary>
public sealed class IlgpuPairsFixture : IDeviceFixture
{
    /// <summary>Keeps the compiled kernels from one class to the next.</summary>
    private static readonly Lazy<Device> Kept = new(Open);

    public IlgpuPairsFixture()
    {
        _ = Kept.Value;
        Device = Open();
    }

    public Device Device { get; }

    /// <summary>4 units of fp32, as with one thread a group.</summary>
    public double Tolerance => 4 * Math.Pow(2, -23);

    public double DecodeTolerance => 0;

    public Device OpenAnother() => Open();

    public void Dispose() => Device.Dispose();

    /// <summary>Opens a device of its own.</summary>
    internal static IlgpuDevice Open() =>
        new("ilgpu:cpu", IlgpuAccelerator.TryOpen(IlgpuBackend.CpuPairs, gpuOnly: false) ?? throw new InvalidOperationException("ILGPU's CPU accelerator is always there."));
}
