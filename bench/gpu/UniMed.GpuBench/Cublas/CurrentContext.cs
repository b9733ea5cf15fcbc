using UniMed.Native.Cuda.Nvidia;

namespace UniMed.GpuBench.Cublas;

/// <summary>Makes a card's primary context current on this thread: cuBLAS works in whatever context is current.</summary>
internal readonly unsafe struct CurrentContext : IDisposable
{
    private readonly NvidiaEntryPoints _cuda;
    private readonly int _device;

    private CurrentContext(NvidiaEntryPoints cuda, int device)
    {
        _cuda = cuda;
        _device = device;
    }

    /// <summary>Enters; dispose on the same thread.</summary>
    /// <param name="ordinal">Number of the card.</param>
    public static CurrentContext Enter(int ordinal)
    {
        NvidiaLibrary library = NvidiaLibrary.TryGet(out string reason) ?? throw new InvalidOperationException(reason);
        NvidiaEntryPoints cuda = library.EntryPoints;
        int device;
        nint context;
        Check(library, cuda.cuDeviceGet(&device, ordinal), "cuDeviceGet");
        Check(library, cuda.cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
        Check(library, cuda.cuCtxPushCurrent(context), "cuCtxPushCurrent");
        return new CurrentContext(cuda, device);
    }

    public void Dispose()
    {
        nint context;
        _cuda.cuCtxPopCurrent(&context);
        _cuda.cuDevicePrimaryCtxRelease(_device);
    }

    private static void Check(NvidiaLibrary library, UniMed.Native.Cuda.CudaStatus status, string operation)
    {
        if (status != UniMed.Native.Cuda.CudaStatus.Success)
            throw library.Error(operation, status);
    }
}
