using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;

namespace UniMed.Native.Cuda.Nvidia;

/// <summary>
/// A card through libcuda, on its primary context, which the CUDA runtime and other libraries of the process use too, or on one that the host
/// made. Calls make the context current for their own length, so that a host's own use of CUDA on the same thread is not disturbed.
/// </summary>
internal sealed unsafe partial class NvidiaDriver : ICudaDriver
{
    private const int LogBytes = 4096;

    private readonly NvidiaLibrary _library;
    private readonly NvidiaEntryPoints _cuda;
    private readonly CudaFault _fault = new();
    private readonly ConcurrentDictionary<nint, string> _functionNames = new();
    private readonly OpenHandles _open = new();
    // Whether the context was made by the host, who destroys it; else it is the primary one.
    private readonly bool _isHosts;
    private readonly int _device;
    private readonly nint _context;
    // Copies and fills that are over when they return run here. In the default stream they would not be: a small copy out of pageable memory and every fill may still be under
    // way, and no stream of ours waits for that one.
    private readonly nint _copies;
    private int _disposed;

    /// <summary>Opens a card on its primary context, which is retained until Dispose.</summary>
    /// <param name="library">The driver.</param>
    /// <param name="properties">One of its <see cref="NvidiaLibrary.Devices"/>.</param>
    /// <exception cref="CudaException">The card cannot be used now.</exception>
    public NvidiaDriver(NvidiaLibrary library, CudaDeviceProperties properties)
        : this(library, properties, null)
    {
    }

    /// <summary>Opens a card.</summary>
    /// <param name="library">The driver.</param>
    /// <param name="properties">One of its <see cref="NvidiaLibrary.Devices"/>.</param>
    /// <param name="hosts">A context of the host on that card; null for the primary one.</param>
    private NvidiaDriver(NvidiaLibrary library, CudaDeviceProperties properties, nint? hosts)
    {
        _library = library;
        _cuda = library.EntryPoints;
        _isHosts = hosts is not null;
        Properties = properties;
        DeviceName = $"cuda:{properties.Ordinal}";
        if (hosts is { } given)
        {
            _context = given;
            _copies = CreateStream().Handle;
            return;
        }

        int device;
        nint context;
        Check(_cuda.cuDeviceGet(&device, properties.Ordinal), "cuDeviceGet");
        Check(_cuda.cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
        _device = device;
        _context = context;
        try
        {
            _copies = CreateStream().Handle;
        }
        catch
        {
            _cuda.cuDevicePrimaryCtxRelease(device);
            throw;
        }
    }

    public string DeviceName { get; }

    public CudaDeviceProperties Properties { get; }

    public bool BringsKernels => false;

    public CudaException? Fault => _fault.First;

    public void Synchronize()
    {
        using Current current = Enter("cuCtxSynchronize");
        Check(_cuda.cuCtxSynchronize(), "cuCtxSynchronize");
    }

    public CudaModuleHandle LoadModule(ReadOnlySpan<byte> image, string name)
    {
        using Current current = Enter("cuModuleLoadDataEx");
        byte* log = stackalloc byte[LogBytes];
        log[0] = 0;
        // CU_JIT_ERROR_LOG_BUFFER and CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES.
        int* options = stackalloc int[] { 5, 6 };
        void** values = stackalloc void*[] { log, (void*)LogBytes };
        nint module;
        CudaStatus status;
        fixed (byte* data = image)
            status = _cuda.cuModuleLoadDataEx(&module, data, 2, options, values);
        if (status != CudaStatus.Success)
        {
            string said = Encoding.UTF8.GetString(log, new ReadOnlySpan<byte>(log, LogBytes).IndexOf((byte)0) is >= 0 and int end ? end : LogBytes).Trim();
            Fail(status, $"cuModuleLoadDataEx of {name} on {Properties.Description}{(said.Length > 0 ? $" (compiler: {said})" : "")}");
        }

        _open.Add(HandleKind.Module, module);
        return new CudaModuleHandle(module);
    }

    public void UnloadModule(CudaModuleHandle module)
    {
        using Current current = Enter("cuModuleUnload");
        _open.Remove(HandleKind.Module, module.Handle);
        Check(_cuda.cuModuleUnload(module.Handle), "cuModuleUnload");
    }

    public bool TryGetFunction(CudaModuleHandle module, string name, out CudaFunction function)
    {
        using Current current = Enter("cuModuleGetFunction");
        nint found = 0;
        CudaStatus status;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            status = _cuda.cuModuleGetFunction(&found, module.Handle, text);
        function = default;
        if (status == CudaStatus.NotFound)
            return false;
        if (status != CudaStatus.Success)
            Fail(status, $"cuModuleGetFunction of {name}");
        _functionNames[found] = name;
        function = new CudaFunction(found);
        return true;
    }

    public CudaParameter[]? FindParameters(CudaModuleHandle module, CudaFunction function)
    {
        string kernel = FunctionName(function);
        using Current current = Enter("cuModuleGetGlobal");
        ulong address;
        nuint bytes;
        CudaStatus status;
        fixed (byte* text = Encoding.UTF8.GetBytes($"{kernel}_parameters\0"))
            status = _cuda.cuModuleGetGlobal(&address, &bytes, module.Handle, text);
        if (status == CudaStatus.NotFound)
            return QueryParameters(function, kernel);
        if (status != CudaStatus.Success)
            Fail(status, $"cuModuleGetGlobal of {kernel}_parameters");
        var listed = new CudaParameter[(int)bytes / sizeof(CudaParameter)];
        fixed (CudaParameter* first = listed)
            CopyToHost(first, address, bytes);
        // A zero ends the list.
        return listed[..^1];
    }

    public IReadOnlyList<string> GetFunctionNames(CudaModuleHandle module)
    {
        if (_cuda.cuModuleGetFunctionCount == null || _cuda.cuModuleEnumerateFunctions == null || _cuda.cuFuncGetName == null)
            return [];
        using Current current = Enter("cuModuleEnumerateFunctions");
        uint count;
        Check(_cuda.cuModuleGetFunctionCount(&count, module.Handle), "cuModuleGetFunctionCount");
        var functions = new nint[count];
        fixed (nint* first = functions)
            Check(_cuda.cuModuleEnumerateFunctions(first, count, module.Handle), "cuModuleEnumerateFunctions");
        var names = new List<string>();
        foreach (nint function in functions)
        {
            byte* name;
            Check(_cuda.cuFuncGetName(&name, function), "cuFuncGetName");
            names.Add(System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)name)!);
        }

        return names;
    }

    public int GetAttribute(CudaFunction function, CudaFunctionAttribute attribute)
    {
        using Current current = Enter("cuFuncGetAttribute");
        int value;
        CudaStatus status = _cuda.cuFuncGetAttribute(&value, attribute, function.Handle);
        if (status != CudaStatus.Success)
            Fail(status, $"cuFuncGetAttribute {attribute} of {FunctionName(function)}");
        return value;
    }

    public void SetAttribute(CudaFunction function, CudaFunctionAttribute attribute, int value)
    {
        using Current current = Enter("cuFuncSetAttribute");
        CudaStatus status = _cuda.cuFuncSetAttribute(function.Handle, attribute, value);
        if (status != CudaStatus.Success)
            Fail(status, $"cuFuncSetAttribute {attribute} = {value} of {FunctionName(function)}");
    }

    public void Launch(CudaFunction function, in CudaLaunchShape shape, CudaStream stream, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets)
    {
        using Current current = Enter("cuLaunchKernelEx");
        void** pointers = stackalloc void*[offsets.Length];
        LaunchAttribute overlap = new() { Id = LaunchAttribute.ProgrammaticStreamSerialization, Value = 1 };
        LaunchConfig config = new()
        {
            GridDimX = (uint)shape.GridX,
            GridDimY = (uint)shape.GridY,
            GridDimZ = (uint)shape.GridZ,
            BlockDimX = (uint)shape.BlockX,
            BlockDimY = 1,
            BlockDimZ = 1,
            SharedMemBytes = (uint)shape.SharedBytes,
            Stream = stream.Handle,
            Attributes = &overlap,
            AttributeCount = shape.OverlapsPrevious && Properties.OverlapsLaunches ? 1u : 0u,
        };
        CudaStatus status;
        fixed (byte* values = arguments)
        {
            for (int i = 0; i < offsets.Length; i++)
                pointers[i] = values + offsets[i];
            status = _cuda.cuLaunchKernelEx(&config, function.Handle, pointers, null);
        }

        if (status != CudaStatus.Success)
            Fail(status, $"cuLaunchKernelEx of {FunctionName(function)} ({shape})");
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // Others may hold the context, so what was not given back goes one by one. On a lost device every call fails, and the end of the
        // context is what frees the memory.
        if (_cuda.cuCtxPushCurrent(_context) == CudaStatus.Success)
        {
            IReadOnlyList<(HandleKind Kind, nint Handle)> open = _open.TakeAll();
            // The streams of this driver alone: what the host runs beside them is not this one's to wait for.
            foreach ((HandleKind kind, nint handle) in open)
            {
                if (kind == HandleKind.Stream)
                    _cuda.cuStreamSynchronize(handle);
            }

            foreach ((HandleKind kind, nint handle) in open)
                Close(kind, handle);
            nint popped;
            _cuda.cuCtxPopCurrent(&popped);
        }

        if (!_isHosts)
            _cuda.cuDevicePrimaryCtxRelease(_device);
    }

    private Current Enter(string operation)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        _fault.ThrowIfLost(operation);
        CudaStatus status = _cuda.cuCtxPushCurrent(_context);
        if (status != CudaStatus.Success)
            FailToPush(status, operation);
        return new Current(_cuda);
    }

    private void Close(HandleKind kind, nint handle)
    {
        _ = kind switch
        {
            HandleKind.ExecutableGraph => _cuda.cuGraphExecDestroy(handle),
            HandleKind.Graph => _cuda.cuGraphDestroy(handle),
            HandleKind.Event => _cuda.cuEventDestroy(handle),
            HandleKind.Stream => _cuda.cuStreamDestroy(handle),
            HandleKind.Module => _cuda.cuModuleUnload(handle),
            HandleKind.HostMemory => _cuda.cuMemFreeHost((void*)handle),
            _ => _cuda.cuMemFree((ulong)handle),
        };
    }

    private CudaParameter[]? QueryParameters(CudaFunction function, string kernel)
    {
        if (_cuda.cuFuncGetParamInfo == null)
            return null;
        var known = new List<CudaParameter>();
        while (true)
        {
            nuint offset, bytes;
            CudaStatus status = _cuda.cuFuncGetParamInfo(function.Handle, (nuint)known.Count, &offset, &bytes);
            // There is no count: an index behind the last is an invalid value.
            if (status == CudaStatus.InvalidValue)
                return [.. known];
            if (status != CudaStatus.Success)
                Fail(status, $"cuFuncGetParamInfo of {kernel}");
            known.Add(new CudaParameter(CudaParameterKind.Unknown, (int)bytes));
        }
    }

    private string FunctionName(CudaFunction function) => _functionNames.GetValueOrDefault(function.Handle, "an unknown kernel");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(CudaStatus status, string operation)
    {
        if (status != CudaStatus.Success)
            Fail(status, operation);
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private void FailToPush(CudaStatus status, string operation)
    {
        // A context that was destroyed is not one any more; either way what it held is gone.
        if (_isHosts && status is CudaStatus.InvalidContext or CudaStatus.ContextIsDestroyed)
            throw _fault.Note(HostContextIsGone(_library, DeviceName, operation, _context));
        Fail(status, $"cuCtxPushCurrent for {operation}");
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private void Fail(CudaStatus status, string operation) => throw _fault.Note(_library.Error($"{DeviceName}: {operation}", status));

    /// <summary>The context is current on this thread until Dispose.</summary>
    private readonly ref struct Current(NvidiaEntryPoints cuda)
    {
        public void Dispose()
        {
            nint popped;
            cuda.cuCtxPopCurrent(&popped);
        }
    }
}
