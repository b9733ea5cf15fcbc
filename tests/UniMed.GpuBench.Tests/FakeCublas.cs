using System.Runtime.InteropServices;

namespace UniMed.GpuBench.Tests;

/// <summary>A cuBLAS for tests: the functions and types of cublas_api.h; a product is computed from host memory, column by column as its manual says.</summary>
internal static unsafe class FakeCublas
{
    private const nint Handle = 0xB1A5;
    private const int InvalidValue = 7;

    public static int Version { get; set; } = 120500;

    public static nint Stream { get; private set; }

    public static bool IsOpen { get; private set; }

    public static nint Export(nint library, string name) => name switch
    {
        "cublasCreate_v2" => (nint)(delegate* unmanaged<nint*, int>)&Create,
        "cublasDestroy_v2" => (nint)(delegate* unmanaged<nint, int>)&Destroy,
        "cublasGetVersion_v2" => (nint)(delegate* unmanaged<nint, int*, int>)&GetVersion,
        "cublasSetStream_v2" => (nint)(delegate* unmanaged<nint, nint, int>)&SetStream,
        "cublasGemmEx" => (nint)(delegate* unmanaged<nint, int, int, int, int, int, void*, void*, int, int, void*, int, int, void*, void*, int, int, int, int, int>)&GemmEx,
        _ => 0,
    };

    [UnmanagedCallersOnly]
    private static int Create(nint* handle)
    {
        *handle = Handle;
        IsOpen = true;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Destroy(nint handle)
    {
        IsOpen = false;
        return handle == Handle ? 0 : InvalidValue;
    }

    [UnmanagedCallersOnly]
    private static int GetVersion(nint handle, int* version)
    {
        *version = Version;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int SetStream(nint handle, nint stream)
    {
        Stream = stream;
        return 0;
    }

    /// <summary>
    /// cublasStatus_t cublasGemmEx(handle, transa, transb, m, n, k, alpha, A, Atype, lda, B, Btype, ldb, beta, C, Ctype, ldc, computeType, algo): C = alpha op(A) op(B) + beta C,
    /// column-major, op(A) m x k, op(B) k x n, C m x n.
    /// </summary>
    [UnmanagedCallersOnly]
    private static int GemmEx(
        nint handle, int transA, int transB, int m, int n, int k, void* alpha, void* a, int typeA, int lda, void* b, int typeB, int ldb, void* beta, void* c, int typeC, int ldc, int compute, int algorithm)
    {
        const int Real16 = 2, Compute32 = 68;
        if (handle != Handle || typeA != Real16 || typeB != Real16 || typeC != Real16 || compute != Compute32 || algorithm != -1)
            return InvalidValue;
        // Leading dimensions are at least the rows of the stored matrices.
        if (lda < (transA == 0 ? m : k) || ldb < (transB == 0 ? k : n) || ldc < m)
            return InvalidValue;
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                float sum = 0;
                for (int i = 0; i < k; i++)
                    sum += At(a, transA, row, i, lda) * At(b, transB, i, column, ldb);
                Half* result = (Half*)c + row + ((long)column * ldc);
                *result = (Half)((*(float*)alpha * sum) + (*(float*)beta == 0 ? 0 : *(float*)beta * (float)*result));
            }
        }

        return 0;
    }

    private static float At(void* matrix, int transposed, int row, int column, int leading) =>
        (float)((Half*)matrix)[transposed == 0 ? row + ((long)column * leading) : column + ((long)row * leading)];
}
