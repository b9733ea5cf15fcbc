namespace UniMed.GpuBench.Cublas;

/// <summary>A call of cuBLAS failed.</summary>
/// <param name="operation">Which call, with what.</param>
/// <param name="status">cublasStatus_t.</param>
internal sealed class CublasException(string operation, int status) : Exception($"{operation} failed with cublasStatus_t {status}{Meaning(status)}.")
{
    // cublas_api.h, cublasStatus_t.
    private static string Meaning(int status) => status switch
    {
        1 => " (not initialized: the library and the driver do not fit each other)",
        3 => " (no memory)",
        7 => " (a wrong argument)",
        8 => " (the card cannot do it)",
        13 => " (the card failed)",
        14 => " (an internal error)",
        15 => " (not supported)",
        _ => "",
    };
}
