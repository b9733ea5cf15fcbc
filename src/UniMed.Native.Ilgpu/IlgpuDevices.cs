using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU.Runtime;

namespace UniMed.Native.Ilgpu;

/// <summary>The ILGPU devices of this machine, found by <see cref="IlgpuFamily"/>. ILGPU itself is loaded only where a driver is there to ask, or the device is opened.</summary>
internal sealed class IlgpuDevices : IDevicePackage
{
    /// <inheritdoc/>
    public DeviceAvailability Describe(string name) => name switch
    {
        IlgpuFamily.Cpu => new DeviceAvailability(name, true, "the ILGPU kernels as threads of the CPU, for tests and debugging; slow"),
        IlgpuFamily.Cuda => DescribeCuda(name),
        IlgpuFamily.OpenCl => DescribeOpenCl(name, gpuOnly: false),
        _ => DescribeAny(),
    };

    /// <inheritdoc/>
    public Device Open(string name)
    {
        DeviceAvailability described = Describe(name);
        return described.IsAvailable ? OpenDescribed(name) : throw new DeviceUnavailableException(name, described.Detail);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IlgpuDevice OpenDescribed(string name)
    {
        try
        {
            IlgpuAccelerator? opened = name switch
            {
                IlgpuFamily.Cpu => IlgpuAccelerator.TryOpen(IlgpuBackend.Cpu, gpuOnly: false),
                IlgpuFamily.Cuda => IlgpuAccelerator.TryOpen(IlgpuBackend.Cuda, gpuOnly: true),
                IlgpuFamily.OpenCl => IlgpuAccelerator.TryOpen(IlgpuBackend.OpenCl, gpuOnly: false),
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
        DeviceAvailability cuda = DescribeCuda(IlgpuFamily.Any);
        if (cuda.IsAvailable)
            return cuda;
        DeviceAvailability opencl = DescribeOpenCl(IlgpuFamily.Any, gpuOnly: true);
        return opencl.IsAvailable ? opencl : new DeviceAvailability(IlgpuFamily.Any, false, $"no GPU: {cuda.Detail}; {opencl.Detail}");
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
        if (gpuOnly && !OpenClLibrary.HasGpu())
            return new DeviceAvailability(name, false, "OpenCL has no GPU");
        return IlgpuAccelerator.Describe(IlgpuBackend.OpenCl, gpuOnly) is { } found
            ? new DeviceAvailability(name, true, found)
            : new DeviceAvailability(name, false, gpuOnly ? "OpenCL has a GPU that ILGPU does not take" : "OpenCL has no device: install the driver of the card (Debian, for a CPU: pocl-opencl-icd)");
    }

    private static bool HasCudaDriver() => NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out _);
}
