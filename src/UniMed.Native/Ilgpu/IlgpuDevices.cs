using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU.Runtime;
using UniMed.Native.Cuda;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// The ILGPU devices of this machine: ilgpu (a GPU, through CUDA or else OpenCL), ilgpu:cuda, ilgpu:opencl, ilgpu:cpu. ILGPU itself is loaded only where a driver is there to ask, or the device is opened.
/// </summary>
internal static class IlgpuDevices
{
    /// <summary>A GPU, through whichever backend.</summary>
    public const string Any = "ilgpu";

    private const string Cuda = "ilgpu:cuda";
    private const string OpenCl = "ilgpu:opencl";
    private const string Cpu = "ilgpu:cpu";

    /// <summary>All of them, and for each what it is, or why it is not there.</summary>
    public static IReadOnlyList<DeviceAvailability> List() => [.. new[] { Any, Cuda, OpenCl, Cpu }.Select(Describe)];

    /// <summary>True for names of this kind of device, whether there is such a device or not.</summary>
    public static bool IsName(string name) => name is Any or Cuda or OpenCl or Cpu;

    /// <summary>What a device is, or why there is none.</summary>
    /// <param name="name">A name for which <see cref="IsName"/> is true.</param>
    public static DeviceAvailability Describe(string name)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
            return new DeviceAvailability(name, false, "ILGPU compiles kernels at run time, which a program compiled ahead of time cannot do; publish without NativeAOT");
        if (!IlgpuFeature.IsSupported)
            return new DeviceAvailability(name, false, "ILGPU was left out of this program: it finds its kernels by reflection, which trimming does not follow; publish without PublishTrimmed, or see UniMedIlgpu in docs/packages.md");
        return name switch
        {
            Cpu => new DeviceAvailability(name, true, "the ILGPU kernels as threads of the CPU, for tests and debugging; slow"),
            Cuda => DescribeCuda(name),
            OpenCl => DescribeOpenCl(name, gpuOnly: false),
            _ => DescribeAny(),
        };
    }

    /// <summary>Opens a device.</summary>
    /// <param name="name">A name for which <see cref="IsName"/> is true.</param>
    /// <exception cref="DeviceUnavailableException">It is not there; the message says why.</exception>
    public static Device Open(string name)
    {
        DeviceAvailability described = Describe(name);
        return described.IsAvailable ? OpenDescribed(name) : throw new DeviceUnavailableException(name, described.Detail);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IlgpuDevice OpenDescribed(string name)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported || !IlgpuFeature.IsSupported)
            throw new DeviceUnavailableException(name, "ILGPU is not in this program");
        try
        {
            IlgpuAccelerator? opened = name switch
            {
                Cpu => IlgpuAccelerator.TryOpen(IlgpuBackend.Cpu, gpuOnly: false),
                Cuda => IlgpuAccelerator.TryOpen(IlgpuBackend.Cuda, gpuOnly: true),
                OpenCl => IlgpuAccelerator.TryOpen(IlgpuBackend.OpenCl, gpuOnly: false),
                _ => TryOpenAny(),
            };
            return new IlgpuDevice(name, opened ?? throw new DeviceUnavailableException(name, "it was there a moment ago and is gone"));
        }
        catch (Exception error) when (error is AcceleratorException or NotSupportedException)
        {
            throw new DeviceUnavailableException(name, $"its driver lists it but does not open it: {error.Message}", error);
        }
    }

    private static IlgpuAccelerator? TryOpenAny() =>
        (HasCudaDriver() ? IlgpuAccelerator.TryOpen(IlgpuBackend.Cuda, gpuOnly: true) : null) ?? IlgpuAccelerator.TryOpen(IlgpuBackend.OpenCl, gpuOnly: true);

    private static DeviceAvailability DescribeAny()
    {
        DeviceAvailability cuda = DescribeCuda(Any);
        if (cuda.IsAvailable)
            return cuda;
        DeviceAvailability opencl = DescribeOpenCl(Any, gpuOnly: true);
        return opencl.IsAvailable ? opencl : new DeviceAvailability(Any, false, $"no GPU: {cuda.Detail}; {opencl.Detail}");
    }

    private static DeviceAvailability DescribeCuda(string name)
    {
        if (!HasCudaDriver())
            return new DeviceAvailability(name, false, "there is no NVIDIA driver here");
        return IlgpuAccelerator.Describe(IlgpuBackend.Cuda, gpuOnly: true) is { } found
            ? new DeviceAvailability(name, true, found)
            : new DeviceAvailability(name, false, "the NVIDIA driver has no device that ILGPU takes");
    }

    private static DeviceAvailability DescribeOpenCl(string name, bool gpuOnly)
    {
        if (!OpenClLibrary.IsPresent)
            return new DeviceAvailability(name, false, "there is no OpenCL loader here (Debian: ocl-icd-libopencl1, and the driver of the card)");
        return IlgpuAccelerator.Describe(IlgpuBackend.OpenCl, gpuOnly) is { } found
            ? new DeviceAvailability(name, true, found)
            : new DeviceAvailability(name, false, gpuOnly ? "OpenCL has no GPU" : "OpenCL has no device: install the driver of the card (Debian, for a CPU: pocl-opencl-icd)");
    }

    private static bool HasCudaDriver() => NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out _);
}
