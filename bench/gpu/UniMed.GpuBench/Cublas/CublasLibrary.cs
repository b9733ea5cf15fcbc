using System.Runtime.InteropServices;

namespace UniMed.GpuBench.Cublas;

/// <summary>The calls of cuBLAS that a matrix product needs, bound when the program runs: a machine may have none.</summary>
/// <remarks>Source: cublas_api.h of CUDA 11 to 13. Not thread-safe; the card's context must be current on the calling thread.</remarks>
internal sealed unsafe class CublasLibrary : IDisposable
{
    // cublasOperation_t, cudaDataType_t, cublasComputeType_t, cublasGemmAlgo_t.
    private const int NotTransposed = 0, Transposed = 1;
    private const int Real16 = 2;
    private const int Compute32 = 68;
    private const int DefaultAlgorithm = -1;

    private const int OldestVersion = 110000;

    private readonly delegate* unmanaged<nint, int> _destroy;
    private readonly delegate* unmanaged<nint, nint, int> _setStream;
    private readonly delegate* unmanaged<nint, int, int, int, int, int, void*, void*, int, int, void*, int, int, void*, void*, int, int, int, int, int> _gemmEx;
    private readonly nint _handle;

    /// <summary>Binds a library and opens a handle.</summary>
    /// <param name="library">From <see cref="NativeLibrary"/>.</param>
    /// <param name="path">For people.</param>
    /// <param name="export">Address of an exported function, 0 when there is none.</param>
    /// <exception cref="InvalidOperationException">It lacks a function, or is older than cuBLAS 11, whose cublasGemmEx takes other types.</exception>
    /// <exception cref="CublasException">It does not start.</exception>
    public CublasLibrary(nint library, string path, Func<nint, string, nint> export)
    {
        var create = (delegate* unmanaged<nint*, int>)Find("cublasCreate_v2");
        _destroy = (delegate* unmanaged<nint, int>)Find("cublasDestroy_v2");
        var getVersion = (delegate* unmanaged<nint, int*, int>)Find("cublasGetVersion_v2");
        _setStream = (delegate* unmanaged<nint, nint, int>)Find("cublasSetStream_v2");
        _gemmEx = (delegate* unmanaged<nint, int, int, int, int, int, void*, void*, int, int, void*, int, int, void*, void*, int, int, int, int, int>)Find("cublasGemmEx");
        nint handle;
        Check(create(&handle), "cublasCreate");
        _handle = handle;
        int version;
        Check(getVersion(_handle, &version), "cublasGetVersion");
        if (version < OldestVersion)
        {
            Dispose();
            throw new InvalidOperationException($"{path} is cuBLAS {version}; 11 or newer is needed");
        }

        Description = $"cuBLAS {version} from {path}";

        nint Find(string name) => export(library, name) is not 0 and nint address ? address : throw new InvalidOperationException($"{path} has no {name}");
    }

    /// <summary>Version and path.</summary>
    public string Description { get; }

    /// <summary>Later products go to this stream (cublasSetStream).</summary>
    public void SetStream(nint stream) => Check(_setStream(_handle, stream), "cublasSetStream");

    /// <summary>
    /// output [tokens, rows] = input [tokens, columns] x weight [rows, columns]^T, all f16 and row-major, sums in fp32. cuBLAS counts column by column: to it the weight is
    /// columns x rows and is transposed, the input columns x tokens, the output rows x tokens.
    /// </summary>
    public void Product(nint weight, nint input, nint output, int tokens, int columns, int rows)
    {
        float one = 1, zero = 0;
        int status = _gemmEx(
            _handle, Transposed, NotTransposed, rows, tokens, columns,
            &one, (void*)weight, Real16, columns, (void*)input, Real16, columns,
            &zero, (void*)output, Real16, rows, Compute32, DefaultAlgorithm);
        Check(status, $"cublasGemmEx of {tokens} x {columns} by {columns} x {rows}");
    }

    public void Dispose() => _destroy(_handle);

    private static void Check(int status, string operation)
    {
        if (status != 0)
            throw new CublasException(operation, status);
    }
}
