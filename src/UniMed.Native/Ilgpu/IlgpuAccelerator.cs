using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace UniMed.Native.Ilgpu;

/// <summary>A device that ILGPU found, and the context it lives in. All that is said about devices before one is opened is said here too, so that no other file loads ILGPU for it.</summary>
internal sealed class IlgpuAccelerator : IDisposable
{
    private readonly Context _context;

    private IlgpuAccelerator(Context context, Accelerator accelerator, string description)
    {
        _context = context;
        Accelerator = accelerator;
        Description = description;
    }

    /// <summary>The device.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Its name and backend.</summary>
    public string Description { get; }

    /// <summary>What opening a backend would give, or null.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="gpuOnly">True: a CPU that speaks OpenCL does not count.</param>
    public static string? Describe(IlgpuBackend backend, bool gpuOnly)
    {
        using Context context = CreateContext(backend, gpuOnly);
        return context.Devices.Length == 0 ? null : Name(context.Devices[0]);
    }

    /// <summary>Opens the first device of a backend; null when there is none.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="gpuOnly">True: a CPU that speaks OpenCL does not count.</param>
    public static IlgpuAccelerator? TryOpen(IlgpuBackend backend, bool gpuOnly)
    {
        Context context = CreateContext(backend, gpuOnly);
        try
        {
            if (context.Devices.Length > 0)
            {
                Device device = context.Devices[0];
                Accelerator accelerator = device is CPUDevice cpu ? cpu.CreateCPUAccelerator(context, CPUAcceleratorMode.Parallel) : device.CreateAccelerator(context);
                return new IlgpuAccelerator(context, accelerator, Name(device));
            }
        }
        catch
        {
            context.Dispose();
            throw;
        }

        context.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Accelerator.IsDisposed)
            return;
        Accelerator.Dispose();
        _context.Dispose();
    }

    /// <summary>A context that sees the devices of one backend, GPUs first.</summary>
    private static Context CreateContext(IlgpuBackend backend, bool gpuOnly) => Context.Create(builder =>
    {
        builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive);
        switch (backend)
        {
            case IlgpuBackend.Cuda:
                builder.Cuda();
                break;
            case IlgpuBackend.OpenCl:
                OpenClLibrary.Register();
                builder.OpenCL(device => Accept(device) && IsGpu(device));
                if (!gpuOnly)
                    builder.OpenCL(device => Accept(device) && !IsGpu(device));
                break;
            default:
                // Two threads a group (CpuShape), one group at a time: as many threads as a small machine has processors.
                builder.CPU(new CPUDevice(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1));
                break;
        }
    });

    /// <summary>
    /// ILGPU refuses devices that report no generic address space (Debian's pocl 3.1 is one). The kernels here use no pointer whose memory the compiler does not know, so they do without; one that did not would
    /// fail to compile, by name.
    /// </summary>
    private static bool Accept(CLDevice device)
    {
        SetGenericAddressSpace(device.Capabilities, true);
        return true;
    }

    private static bool IsGpu(CLDevice device) => device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU);

    private static string Name(Device device) => device switch
    {
        CPUDevice => "ILGPU's CPU accelerator, for tests and debugging",
        CLDevice opencl => $"{opencl.Name}, {(IsGpu(opencl) ? "GPU" : "no GPU")}, OpenCL {opencl.DeviceVersion} of {opencl.VendorName}",
        CudaDevice cuda => $"{cuda.Name}, compute capability {cuda.Architecture}",
        _ => device.Name,
    };

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);
}
