using UniMed.Native.Ilgpu;
using UniMed.Native.Ilgpu.Kernels;
using UniMed.Native.Tests.Ilgpu;

namespace UniMed.Native.Tests.Devices;

/// <summary>The ILGPU kernels as an NVIDIA card gets them, in the shape a GPU runs them: groups of 256 threads, with all that the PTX machine refuses.</summary>
public sealed class IlgpuPtxFixture : IDeviceFixture
{
    public Device Device { get; } = Open();

    /// <summary>4 units of fp32, as on ILGPU's CPU accelerator.</summary>
    public double Tolerance => 4 * Math.Pow(2, -23);

    public double DecodeTolerance => 0;

    public Device OpenAnother() => Open();

    public void Dispose() => Device.Dispose();

    /// <summary>Opens a device of its own.</summary>
    internal static IlgpuDevice Open() => new("ilgpu:ptx", IlgpuAccelerator.Over<GpuShape, IlgpuPtxLoader>(new IlgpuPtxLoader()));
}
