using System.Runtime.InteropServices;
using UniMed.Native.Cuda;

namespace UniMed.Native.Tests.Cuda;

/// <content>Copies, streams, events, graphs: noted with their arguments.</content>
internal static unsafe partial class FakeCuda
{
    [UnmanagedCallersOnly]
    private static CudaStatus MemcpyHtoDAsync(ulong destination, nint source, nuint bytes, nint stream) =>
        Note($"HtoDAsync {destination:x} {source:x} {bytes} {stream:x}", "cuMemcpyHtoDAsync");

    [UnmanagedCallersOnly]
    private static CudaStatus MemcpyDtoHAsync(nint destination, ulong source, nuint bytes, nint stream)
    {
        if (source == ParametersAddress)
        {
            Span<CudaParameter> list = new((void*)destination, (int)bytes / sizeof(CudaParameter));
            Parameters.CopyTo(list);
            list[^1] = default;
        }

        return Note($"DtoHAsync {(source == ParametersAddress ? "parameters" : $"{destination:x}")} {source:x} {bytes} {stream:x}", "cuMemcpyDtoHAsync");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) =>
        Note($"DtoDAsync {destination:x} {source:x} {bytes} {stream:x}", "cuMemcpyDtoDAsync");

    [UnmanagedCallersOnly]
    private static CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, nint stream) =>
        Note($"D8Async {destination:x} {value} {bytes} {stream:x}", "cuMemsetD8Async");

    [UnmanagedCallersOnly]
    private static CudaStatus StreamWaitEvent(nint stream, nint what, uint flags) => Note($"wait {stream:x} {what:x} {flags}", "cuStreamWaitEvent");

    [UnmanagedCallersOnly]
    private static CudaStatus EventRecord(nint what, nint stream) => Note($"record {what:x} {stream:x}", "cuEventRecord");

    [UnmanagedCallersOnly]
    private static CudaStatus EventElapsedTime(float* milliseconds, nint start, nint end)
    {
        *milliseconds = 2.5f;
        return Note($"elapsed {start:x} {end:x}", "cuEventElapsedTime");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus StreamBeginCapture(nint stream, int mode) => Note($"begin {stream:x} {mode}", "cuStreamBeginCapture");

    [UnmanagedCallersOnly]
    private static CudaStatus StreamIsCapturing(nint stream, int* status)
    {
        *status = Capturing ? 1 : 0;
        return Note($"capturing {stream:x}", "cuStreamIsCapturing");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus StreamEndCapture(nint stream, nint* graph)
    {
        *graph = 0x77;
        return Note($"end {stream:x}", "cuStreamEndCapture");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus GraphInstantiate(nint* executable, nint graph, ulong flags)
    {
        *executable = 0x78;
        return Note($"instantiate {graph:x} {flags}", "cuGraphInstantiate");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus GraphDestroy(nint graph) => Note($"destroy graph {graph:x}", "cuGraphDestroy");

    [UnmanagedCallersOnly]
    private static CudaStatus GraphExecDestroy(nint executable) => Note($"destroy executable {executable:x}", "cuGraphExecDestroy");

    [UnmanagedCallersOnly]
    private static CudaStatus StreamSynchronize(nint stream) => Note($"synchronize {stream:x}", "cuStreamSynchronize");

    [UnmanagedCallersOnly]
    private static CudaStatus GraphLaunch(nint executable, nint stream)
    {
        // A test measures that a launch allocates nothing; it launches graph 0, which is not noted.
        if (executable != 0)
            Calls.Add($"graph {executable:x} {stream:x}");
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus FuncGetAttribute(int* value, int attribute, nint function)
    {
        *value = attribute == (int)CudaFunctionAttribute.SharedSizeBytes ? DeclaredSharedBytes : 42;
        return Note($"get {attribute} {function:x}", "cuFuncGetAttribute");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus FuncSetAttribute(nint function, int attribute, int value) => Note($"set {function:x} {attribute} {value}", "cuFuncSetAttribute");
}
