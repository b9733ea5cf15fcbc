using UniMed.Native.Cuda;
using UniMed.PtxMachine.Driver;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <summary>
/// The CUDA kernels as the PTX that ships, run by the machine of tests/UniMed.PtxMachine. Tests are skipped where the PTX has not been built, which takes nvcc.
/// </summary>
public sealed class PtxFixture : IDeviceFixture
{
    private readonly Lazy<Device> _device = new(Open);

    public Device Device => _device.Value;

    /// <summary>As for the same kernels emulated.</summary>
    public double Tolerance => 2 * Math.Pow(2, -8);

    public double DecodeTolerance => 0;

    /// <summary>A draw is a block of 512 threads, which run one after the other from barrier to barrier.</summary>
    public int Draws => 2000;

    public Device OpenAnother() => Open();

    public void Dispose()
    {
        if (_device.IsValueCreated)
            _device.Value.Dispose();
    }

    /// <summary>The PTX; a test that needs it is skipped where there is none.</summary>
    internal static PtxImage Image()
    {
        PtxImage? image = PtxDriver.TryGetImage(out string reason);
        Assert.SkipUnless(image is not null, $"{PtxHost.Name}: {reason}");
        return image;
    }

    private static CudaDevice Open() => new(PtxDriver.Open(Image(), Environment.ProcessorCount));
}
