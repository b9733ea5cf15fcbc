using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda.Emulated;

/// <summary>
/// A card on the CPU: memory and kernels of a host behind the driver's interface. Work in a stream runs when someone waits for it and not
/// before (or when <see cref="MaxPending"/> pieces have gathered), so code that forgets to wait reads what is not there yet, as it may on a
/// card; and errors of kernels are reported by the call that waits, with kernel, block and thread.
/// </summary>
/// <remarks>
/// Says it is a card of compute capability 9.0 with 132 multiprocessors (an H100), so that code that asks takes the same way as there.
/// One stream at a time can be captured; a capture that is to span several streams is refused (CUDA_ERROR_STREAM_CAPTURE_ISOLATION).
/// </remarks>
internal sealed unsafe partial class EmulatedDriver : ICudaDriver
{
    /// <summary>The name that selects it.</summary>
    public const string Name = "cuda-emulated";

    /// <summary>Pieces of work that may wait in a stream; a card's queue is of about this length too.</summary>
    public const int MaxPending = 1024;

    private readonly IKernelHost _host;
    private readonly Lock _gate = new();
    private readonly CudaFault _fault = new();
    private readonly Dictionary<ulong, long> _deviceMemory = [];
    private readonly Dictionary<nint, int> _hostMemory = [];
    private readonly Dictionary<nint, EmulatedStream> _streams = [];
    private readonly Dictionary<nint, EmulatedEvent> _events = [];
    private readonly Dictionary<nint, CommandList> _graphs = [];
    private readonly Dictionary<nint, CommandList> _executables = [];
    private readonly Dictionary<nint, EmulatedKernel> _kernels = [];
    private long _bytesInUse;
    private nint _lastHandle;
    private bool _disposed;

    /// <summary>Opens an emulated card.</summary>
    /// <param name="host">Its memory and kernels: the host library.</param>
    /// <param name="memoryBytes">Its memory; null takes what this machine has.</param>
    public EmulatedDriver(IKernelHost host, long? memoryBytes = null)
    {
        _host = host;
        Properties = new CudaDeviceProperties
        {
            Ordinal = 0,
            Name = $"emulated on {Environment.ProcessorCount} CPU threads",
            Major = 9,
            Minor = 0,
            TotalBytes = memoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Multiprocessors = 132,
            MaxSharedBytesPerBlock = 227 * 1024,
            L2CacheBytes = 50 << 20,
            DriverVersion = 12040,
        };
    }

    public string DeviceName => _host.DeviceName;

    public CudaDeviceProperties Properties { get; }

    public bool BringsKernels => true;

    public CudaException? Fault => _fault.First;

    /// <summary>What has been made and not given back.</summary>
    public EmulatedObjects Open
    {
        get
        {
            lock (_gate)
                return new EmulatedObjects(_deviceMemory.Count, _hostMemory.Count, _streams.Count, _events.Count, _graphs.Count + _executables.Count);
        }
    }

    public void Synchronize()
    {
        lock (_gate)
        {
            Enter("cuCtxSynchronize", breaksCapture: true);
            RunAll();
        }
    }

    public CudaModuleHandle LoadModule(ReadOnlySpan<byte> image, string name)
    {
        if (!image.IsEmpty)
            throw Error("cuModuleLoadDataEx", CudaStatus.InvalidImage, $"{name} is code for a card, and the emulation brings its own kernels");
        lock (_gate)
            Enter("cuModuleLoadDataEx");
        return new CudaModuleHandle(1);
    }

    public void UnloadModule(CudaModuleHandle module)
    {
        lock (_gate)
            Enter("cuModuleUnload");
    }

    public bool TryGetFunction(CudaModuleHandle module, string name, out CudaFunction function)
    {
        lock (_gate)
        {
            Enter("cuModuleGetFunction");
            CudaStatus status = _host.FindKernel(name, out nint found);
            function = new CudaFunction(found);
            if (status == CudaStatus.NotFound)
                return false;
            if (status != CudaStatus.Success)
                throw HostError("cuModuleGetFunction", status);
            _kernels.TryAdd(found, new EmulatedKernel(name));
            return true;
        }
    }

    public CudaParameter[] FindParameters(CudaModuleHandle module, CudaFunction function)
    {
        lock (_gate)
        {
            Enter("cuFuncGetParamInfo");
            _ = Kernel(function, "cuFuncGetParamInfo");
            return _host.ParametersOf(function.Handle);
        }
    }

    public IReadOnlyList<string> GetFunctionNames(CudaModuleHandle module) => _host.KernelNames;

    public int GetAttribute(CudaFunction function, CudaFunctionAttribute attribute)
    {
        lock (_gate)
        {
            Enter("cuFuncGetAttribute");
            EmulatedKernel kernel = Kernel(function, "cuFuncGetAttribute");
            return attribute switch
            {
                CudaFunctionAttribute.MaxDynamicSharedSizeBytes => kernel.MaxDynamicSharedBytes,
                CudaFunctionAttribute.MaxThreadsPerBlock => 1024,
                CudaFunctionAttribute.BinaryVersion => 90,
                _ => 0,
            };
        }
    }

    public void SetAttribute(CudaFunction function, CudaFunctionAttribute attribute, int value)
    {
        lock (_gate)
        {
            Enter("cuFuncSetAttribute");
            EmulatedKernel kernel = Kernel(function, "cuFuncSetAttribute");
            if (attribute != CudaFunctionAttribute.MaxDynamicSharedSizeBytes || value < 0 || value > Properties.MaxSharedBytesPerBlock)
                throw Error("cuFuncSetAttribute", CudaStatus.InvalidValue, $"{attribute} = {value} of {kernel.Name}: only dynamic shared memory up to {Properties.MaxSharedBytesPerBlock} bytes can be set");
            kernel.AskedSharedBytes = value;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (ulong address in _deviceMemory.Keys)
                _host.Free(address);
            foreach (nint address in _hostMemory.Keys)
                NativeMemory.AlignedFree((void*)address);
            _deviceMemory.Clear();
            _hostMemory.Clear();
            _streams.Clear();
            _events.Clear();
            _graphs.Clear();
            _executables.Clear();
            // The host library lives as long as the process; another host belongs to its driver.
            (_host as IDisposable)?.Dispose();
        }
    }

    /// <summary>Checks that a call may be made; in the thread of a capture, one that a capture does not allow breaks it.</summary>
    private void Enter(string operation, bool breaksCapture = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _fault.ThrowIfLost(operation);
        if (!breaksCapture)
            return;
        foreach (EmulatedStream stream in _streams.Values)
        {
            if (stream.Capture is { } capture && capture.Thread == Environment.CurrentManagedThreadId)
            {
                capture.BrokenBy ??= operation;
                throw Error(operation, CudaStatus.StreamCaptureUnsupported, $"{operation} is not allowed while this thread captures a stream");
            }
        }
    }

    private EmulatedKernel Kernel(CudaFunction function, string operation) =>
        _kernels.TryGetValue(function.Handle, out EmulatedKernel? kernel) ? kernel : throw Error(operation, CudaStatus.InvalidHandle, "this kernel is not known");

    private nint NewHandle() => ++_lastHandle;

    private CudaException HostError(string operation, CudaStatus status) => Error(operation, status, _host.LastError);

    private CudaException Error(string operation, CudaStatus status, string text) =>
        _fault.Note(new CudaException($"{DeviceName}: {operation}", status, status.CudaName(), text, NextStep(status)));

    private static string NextStep(CudaStatus status) => status.LosesDevice()
        ? "This is a mistake in the kernel or in how it was launched. What the device held is lost: close the model and load it again."
        : status is CudaStatus.InvalidValue or CudaStatus.InvalidHandle or CudaStatus.LaunchOutOfResources ? "This is a mistake of the caller." : status.NextStep();
}
