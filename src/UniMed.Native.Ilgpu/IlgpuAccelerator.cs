using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// A device that ILGPU opened, and its kernels. Whoever opens the same device while it is open shares it, so that kernels are compiled once. All that is said about devices before one is opened is said here
/// too, so that no other file loads ILGPU for it.
/// </summary>
internal sealed class IlgpuAccelerator : IDisposable
{
    private static readonly Dictionary<(IlgpuBackend Backend, bool GpuOnly), IlgpuAccelerator> Opened = [];

    private readonly (IlgpuBackend Backend, bool GpuOnly)? _key;
    private readonly Context _context;
    private IDisposable? _owned;
    private int _users;

    private IlgpuAccelerator((IlgpuBackend Backend, bool GpuOnly)? key, Context context, Accelerator accelerator, IlgpuKernels kernels, string description)
    {
        _key = key;
        _context = context;
        Accelerator = accelerator;
        Kernels = kernels;
        Description = description;
    }

    /// <summary>The device.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Its kernels.</summary>
    public IlgpuKernels Kernels { get; }

    /// <summary>Held while work is asked for: an OpenCL kernel holds the arguments of one launch at a time.</summary>
    public Lock Work { get; } = new();

    /// <summary>Its name and backend.</summary>
    public string Description { get; }

    /// <summary>What opening a backend would give, or null.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="gpuOnly">True: a CPU that speaks OpenCL does not count.</param>
    public static string? Describe(IlgpuBackend backend, bool gpuOnly)
    {
        using Lock.Scope scope = OpenClLibrary.OneAtATime.EnterScope();
        if (Opened.TryGetValue((backend, gpuOnly), out IlgpuAccelerator? shared))
            return shared.Description;
        using Context context = CreateContext(backend, gpuOnly);
        return First(context, backend) is { } device ? Name(device) : null;
    }

    /// <summary>Opens the first device of a backend, or shares it with who has it open; null when there is none.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="gpuOnly">True: a CPU that speaks OpenCL does not count.</param>
    public static IlgpuAccelerator? TryOpen(IlgpuBackend backend, bool gpuOnly)
    {
        using Lock.Scope scope = OpenClLibrary.OneAtATime.EnterScope();
        (IlgpuBackend Backend, bool GpuOnly) key = (backend, gpuOnly);
        if (!Opened.TryGetValue(key, out IlgpuAccelerator? accelerator))
        {
            Context context = CreateContext(backend, gpuOnly);
            if (First(context, backend) is not { } device)
            {
                context.Dispose();
                return null;
            }

            accelerator = Open(key, context, device);
            Opened.Add(key, accelerator);
        }

        accelerator._users++;
        return accelerator;
    }

    /// <summary>The memory of ILGPU's CPU accelerator under kernels that something else runs. Nobody shares it.</summary>
    /// <typeparam name="TShape">Shape of the kernels' groups.</typeparam>
    /// <typeparam name="TLoader">Type of <paramref name="loader"/>.</typeparam>
    /// <param name="loader">What compiles and runs them; disposed with it.</param>
    public static IlgpuAccelerator Over<TShape, TLoader>(TLoader loader)
        where TShape : unmanaged, IGroupShape
        where TLoader : IIlgpuLoader, IDisposable
    {
        Context context = CreateContext(IlgpuBackend.Cpu, gpuOnly: false);
        Accelerator memory = First(context, IlgpuBackend.Cpu)!.CreateAccelerator(context);
        return new IlgpuAccelerator(null, context, memory, IlgpuKernels.Create<TShape>(loader), loader.Name) { _users = 1, _owned = loader };
    }

    /// <summary>Closes it when its last user has left.</summary>
    public void Dispose()
    {
        using Lock.Scope scope = OpenClLibrary.OneAtATime.EnterScope();
        if (--_users > 0)
            return;
        if (_key is { } key)
            Opened.Remove(key);
        Accelerator.Dispose();
        _context.Dispose();
        _owned?.Dispose();
    }

    /// <summary>The first device of the backend. A context for which nothing is found holds a CPU accelerator, which is not what was asked for.</summary>
    private static ILGPU.Runtime.Device? First(Context context, IlgpuBackend backend) => context.Devices.FirstOrDefault(device => device.AcceleratorType == backend switch
    {
        IlgpuBackend.Cuda => AcceleratorType.Cuda,
        IlgpuBackend.OpenCl => AcceleratorType.OpenCL,
        _ => AcceleratorType.CPU,
    });

    private static IlgpuAccelerator Open((IlgpuBackend Backend, bool GpuOnly) key, Context context, ILGPU.Runtime.Device device)
    {
        try
        {
            Accelerator accelerator = device is CPUDevice cpu ? cpu.CreateCPUAccelerator(context, CPUAcceleratorMode.Parallel) : device.CreateAccelerator(context);
            var loader = new AcceleratorLoader(accelerator);
            IlgpuKernels kernels = key.Backend == IlgpuBackend.Cpu ? IlgpuKernels.Create<CpuShape>(loader) : IlgpuKernels.Create<GpuShape>(loader);
            return new IlgpuAccelerator(key, context, accelerator, kernels, Name(device));
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>A context without devices, for backends that compile without one, with the same options.</summary>
    internal static Context CreateContext() => Context.Create(SetOptions);

    private static void SetOptions(Context.Builder builder) => builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive);

    /// <summary>A context that sees the devices of one backend, GPUs first.</summary>
    private static Context CreateContext(IlgpuBackend backend, bool gpuOnly) => Context.Create(builder =>
    {
        SetOptions(builder);
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
                // ILGPU wants warps of two at least.
                builder.CPU(new CPUDevice(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, Environment.ProcessorCount));
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

    private static string Name(ILGPU.Runtime.Device device) => device switch
    {
        CPUDevice => "ILGPU's CPU accelerator, for tests and debugging",
        CLDevice opencl => $"{opencl.Name}, {(IsGpu(opencl) ? "GPU" : "no GPU")}, OpenCL {opencl.DeviceVersion} of {opencl.VendorName}",
        CudaDevice cuda => $"{cuda.Name}, compute capability {cuda.Architecture}",
        _ => device.Name,
    };

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);
}
