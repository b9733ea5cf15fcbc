namespace UniMed.Native.Cuda;

/// <summary>
/// The calls of the CUDA driver that the CUDA device needs, on one opened device: a card, or the emulation on the CPU. Every failure is a
/// <see cref="CudaException"/> (of memory that is not to be had: <see cref="CudaOutOfMemoryException"/>). After an error that loses the device,
/// every call but Dispose fails with that error as its cause. Dispose gives back everything that was not given back before.
/// </summary>
/// <remarks>
/// Thread-safe, except that Dispose must be the last call. Every call may be made on any thread and leaves the thread's current context as it was.
/// Copies and fills without a stream are over when they return, and do not wait for streams: synchronize first. Nothing runs in CUDA's default stream.
/// </remarks>
internal interface ICudaDriver : IDisposable
{
    /// <summary>The name that selects the device, such as cuda:0 or cuda-emulated.</summary>
    string DeviceName { get; }

    /// <summary>What the device is.</summary>
    CudaDeviceProperties Properties { get; }

    /// <summary>True when kernels come with the driver and no image is loaded: the emulation.</summary>
    bool BringsKernels { get; }

    /// <summary>The error that lost the device; null while it works.</summary>
    CudaException? Fault { get; }

    /// <summary>Waits for all work (cuCtxSynchronize) and reports what went wrong in it.</summary>
    void Synchronize();

    /// <summary>Free and total memory (cuMemGetInfo).</summary>
    CudaMemoryInfo GetMemoryInfo();

    /// <summary>Memory that an address lies in, whoever allocated it (cuPointerGetAttribute); null where the driver knows none there.</summary>
    CudaMemoryRange? FindMemory(DevicePointer address);

    /// <summary>Loads a fatbin, cubin or PTX (cuModuleLoadDataEx); empty for a driver that brings its kernels.</summary>
    /// <param name="image">Contents of the file.</param>
    /// <param name="name">For errors.</param>
    CudaModuleHandle LoadModule(ReadOnlySpan<byte> image, string name);

    /// <summary>Unloads it (cuModuleUnload); its functions end with it.</summary>
    void UnloadModule(CudaModuleHandle module);

    /// <summary>Finds a kernel (cuModuleGetFunction); false when the module has none of that name.</summary>
    bool TryGetFunction(CudaModuleHandle module, string name, out CudaFunction function);

    /// <summary>The kernel's parameters in order: as the image lists them, else as the driver knows them (cuFuncGetParamInfo), without kinds; null where neither says.</summary>
    CudaParameter[]? FindParameters(CudaModuleHandle module, CudaFunction function);

    /// <summary>Names of the kernels (cuModuleEnumerateFunctions); empty where the driver cannot tell.</summary>
    IReadOnlyList<string> GetFunctionNames(CudaModuleHandle module);

    /// <summary>Asks about a kernel (cuFuncGetAttribute).</summary>
    int GetAttribute(CudaFunction function, CudaFunctionAttribute attribute);

    /// <summary>Changes a kernel (cuFuncSetAttribute).</summary>
    void SetAttribute(CudaFunction function, CudaFunctionAttribute attribute, int value);

    /// <summary>
    /// Starts a kernel (cuLaunchKernelEx). The arguments are copied before the call returns. Allocates nothing.
    /// </summary>
    /// <param name="function">Kernel.</param>
    /// <param name="shape">Grid and block.</param>
    /// <param name="stream">Where.</param>
    /// <param name="arguments">The arguments' bytes.</param>
    /// <param name="offsets">Where each argument begins, at multiples of 8; at most <see cref="CudaLaunch.MaxArguments"/>.</param>
    void Launch(CudaFunction function, in CudaLaunchShape shape, CudaStream stream, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets);

    /// <summary>Device memory, aligned to 256 bytes, contents undefined (cuMemAlloc).</summary>
    /// <param name="bytes">At least 1.</param>
    DevicePointer Allocate(long bytes);

    /// <summary>Gives it back after all work has ended (cuMemFree waits for it).</summary>
    void Free(DevicePointer memory);

    /// <summary>Page-locked host memory (cuMemHostAlloc).</summary>
    /// <param name="bytes">At least 1.</param>
    PinnedMemory AllocateHost(int bytes);

    /// <summary>Gives it back (cuMemFreeHost). No copy from or to it may be under way.</summary>
    void FreeHost(PinnedMemory memory);

    /// <summary>Copies and waits.</summary>
    void CopyToDevice(DevicePointer destination, ReadOnlySpan<byte> source);

    /// <summary>Copies and waits.</summary>
    void CopyToHost(Span<byte> destination, DevicePointer source);

    /// <summary>Copies and waits.</summary>
    void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes);

    /// <summary>Sets bytes and waits.</summary>
    void Fill(DevicePointer destination, byte value, long bytes);

    /// <summary>Copies in a stream (cuMemcpyHtoDAsync). The source is read until the stream has come past.</summary>
    void CopyToDevice(DevicePointer destination, PinnedMemory source, CudaStream stream);

    /// <summary>Copies in a stream (cuMemcpyDtoHAsync). The destination is written until the stream has come past.</summary>
    void CopyToHost(PinnedMemory destination, DevicePointer source, CudaStream stream);

    /// <summary>Copies in a stream (cuMemcpyDtoDAsync).</summary>
    void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, CudaStream stream);

    /// <summary>Sets bytes in a stream (cuMemsetD8Async).</summary>
    void Fill(DevicePointer destination, byte value, long bytes, CudaStream stream);

    /// <summary>A stream that does not wait for the default stream (cuStreamCreate, CU_STREAM_NON_BLOCKING).</summary>
    CudaStream CreateStream();

    /// <summary>Ends a stream; work in it still runs to its end (cuStreamDestroy).</summary>
    void DestroyStream(CudaStream stream);

    /// <summary>Waits for the work in a stream (cuStreamSynchronize) and reports what went wrong in it.</summary>
    void Synchronize(CudaStream stream);

    /// <summary>The stream waits for what the event last recorded (cuStreamWaitEvent); nothing when it never did.</summary>
    void Wait(CudaStream stream, CudaEvent what);

    /// <summary>An event (cuEventCreate).</summary>
    /// <param name="timed">False makes it cheaper; then <see cref="GetElapsedMilliseconds"/> does not take it.</param>
    CudaEvent CreateEvent(bool timed);

    /// <summary>Ends an event (cuEventDestroy).</summary>
    void DestroyEvent(CudaEvent what);

    /// <summary>Records the stream's place (cuEventRecord).</summary>
    void Record(CudaEvent what, CudaStream stream);

    /// <summary>Waits for what the event last recorded (cuEventSynchronize); not at all when it never did.</summary>
    void Synchronize(CudaEvent what);

    /// <summary>Whether the stream has come past what the event last recorded (cuEventQuery).</summary>
    bool IsDone(CudaEvent what);

    /// <summary>Time between two events that have happened, with about 0.5 µs resolution (cuEventElapsedTime).</summary>
    float GetElapsedMilliseconds(CudaEvent start, CudaEvent end);

    /// <summary>From now on the stream's work is recorded and not run (cuStreamBeginCapture, thread-local mode): this thread must not allocate, free, copy synchronously or wait.</summary>
    void BeginCapture(CudaStream stream);

    /// <summary>Whether the stream is being captured (cuStreamIsCapturing).</summary>
    bool IsCapturing(CudaStream stream);

    /// <summary>What was recorded (cuStreamEndCapture); on the thread that began. Throws when something forbidden was called; the stream is usable again either way.</summary>
    CudaGraph EndCapture(CudaStream stream);

    /// <summary>Makes captured work executable (cuGraphInstantiate); the graph may be destroyed after it.</summary>
    CudaExecutableGraph Instantiate(CudaGraph graph);

    /// <summary>Runs captured work (cuGraphLaunch). Memory its arguments point to must still be there. Allocates nothing.</summary>
    void Launch(CudaExecutableGraph graph, CudaStream stream);

    /// <summary>Ends a graph (cuGraphDestroy).</summary>
    void DestroyGraph(CudaGraph graph);

    /// <summary>Ends an executable graph (cuGraphExecDestroy).</summary>
    void DestroyGraph(CudaExecutableGraph graph);
}
