using System.Collections.Concurrent;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>A driver that keeps a tape of the launches made through it, so that the kernels of an operation can be launched again and timed one by one.</summary>
/// <remarks>Everything goes on to the driver it wraps, which it owns. Thread-safe but for the tape, which one thread at a time fills.</remarks>
internal sealed class TapedDriver(ICudaDriver inner) : ICudaDriver
{
    private readonly ConcurrentDictionary<nint, string> _names = new();
    private List<TapedLaunch>? _tape;

    public string DeviceName => inner.DeviceName;

    public CudaDeviceProperties Properties => inner.Properties;

    public bool BringsKernels => inner.BringsKernels;

    public CudaException? Fault => inner.Fault;

    public void Synchronize() => inner.Synchronize();

    public CudaMemoryInfo GetMemoryInfo() => inner.GetMemoryInfo();

    public CudaMemoryRange? FindMemory(DevicePointer address) => inner.FindMemory(address);

    public CudaModuleHandle LoadModule(ReadOnlySpan<byte> image, string name) => inner.LoadModule(image, name);

    public void UnloadModule(CudaModuleHandle module) => inner.UnloadModule(module);

    public CudaParameter[]? FindParameters(CudaModuleHandle module, CudaFunction function) => inner.FindParameters(module, function);

    public IReadOnlyList<string> GetFunctionNames(CudaModuleHandle module) => inner.GetFunctionNames(module);

    public int GetAttribute(CudaFunction function, CudaFunctionAttribute attribute) => inner.GetAttribute(function, attribute);

    public void SetAttribute(CudaFunction function, CudaFunctionAttribute attribute, int value) => inner.SetAttribute(function, attribute, value);

    public DevicePointer Allocate(long bytes) => inner.Allocate(bytes);

    public void Free(DevicePointer memory) => inner.Free(memory);

    public PinnedMemory AllocateHost(int bytes) => inner.AllocateHost(bytes);

    public void FreeHost(PinnedMemory memory) => inner.FreeHost(memory);

    public void CopyToDevice(DevicePointer destination, ReadOnlySpan<byte> source) => inner.CopyToDevice(destination, source);

    public void CopyToHost(Span<byte> destination, DevicePointer source) => inner.CopyToHost(destination, source);

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes) => inner.CopyOnDevice(destination, source, bytes);

    public void Fill(DevicePointer destination, byte value, long bytes) => inner.Fill(destination, value, bytes);

    public void CopyToDevice(DevicePointer destination, PinnedMemory source, CudaStream stream) => inner.CopyToDevice(destination, source, stream);

    public void CopyToHost(PinnedMemory destination, DevicePointer source, CudaStream stream) => inner.CopyToHost(destination, source, stream);

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, CudaStream stream) => inner.CopyOnDevice(destination, source, bytes, stream);

    public void Fill(DevicePointer destination, byte value, long bytes, CudaStream stream) => inner.Fill(destination, value, bytes, stream);

    public CudaStream CreateStream() => inner.CreateStream();

    public void DestroyStream(CudaStream stream) => inner.DestroyStream(stream);

    public void Synchronize(CudaStream stream) => inner.Synchronize(stream);

    public void Wait(CudaStream stream, CudaEvent what) => inner.Wait(stream, what);

    public CudaEvent CreateEvent(bool timed) => inner.CreateEvent(timed);

    public void DestroyEvent(CudaEvent what) => inner.DestroyEvent(what);

    public void Record(CudaEvent what, CudaStream stream) => inner.Record(what, stream);

    public void Synchronize(CudaEvent what) => inner.Synchronize(what);

    public bool IsDone(CudaEvent what) => inner.IsDone(what);

    public float GetElapsedMilliseconds(CudaEvent start, CudaEvent end) => inner.GetElapsedMilliseconds(start, end);

    public void BeginCapture(CudaStream stream) => inner.BeginCapture(stream);

    public bool IsCapturing(CudaStream stream) => inner.IsCapturing(stream);

    public CudaGraph EndCapture(CudaStream stream) => inner.EndCapture(stream);

    public CudaExecutableGraph Instantiate(CudaGraph graph) => inner.Instantiate(graph);

    public void Launch(CudaExecutableGraph graph, CudaStream stream) => inner.Launch(graph, stream);

    public void DestroyGraph(CudaGraph graph) => inner.DestroyGraph(graph);

    public void DestroyGraph(CudaExecutableGraph graph) => inner.DestroyGraph(graph);

    public bool TryGetFunction(CudaModuleHandle module, string name, out CudaFunction function)
    {
        bool found = inner.TryGetFunction(module, name, out function);
        if (found)
            _names[function.Handle] = name;
        return found;
    }

    public void Launch(CudaFunction function, in CudaLaunchShape shape, CudaStream stream, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets)
    {
        _tape?.Add(new TapedLaunch(_names.GetValueOrDefault(function.Handle, "?"), function, shape, arguments.ToArray(), offsets.ToArray()));
        inner.Launch(function, in shape, stream, arguments, offsets);
    }

    public void Dispose() => inner.Dispose();

    /// <summary>Runs an operation and gives its launches.</summary>
    public IReadOnlyList<TapedLaunch> Record(Action operation)
    {
        var tape = new List<TapedLaunch>();
        _tape = tape;
        try
        {
            operation();
        }
        finally
        {
            _tape = null;
        }

        return tape;
    }
}
