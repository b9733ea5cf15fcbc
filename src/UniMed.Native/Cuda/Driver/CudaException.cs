namespace UniMed.Native.Cuda;

/// <summary>A call of the CUDA driver, or of its emulation, failed. The message says which, with what, CUDA's own words, and what to do.</summary>
public class CudaException : Exception
{
    internal CudaException(string operation, CudaStatus status, string errorName, string errorText, string nextStep, Exception? inner = null)
        : base($"{operation} failed: {errorName} ({(int)status}): {Sentence(errorText)} {nextStep}", inner)
    {
        Operation = operation;
        Status = status;
        ErrorName = errorName;
        ErrorText = errorText;
    }

    /// <summary>A call on a device that an earlier error lost.</summary>
    internal CudaException(string operation, CudaException first)
        : base($"{operation} is not possible any more, since an earlier error lost the device. That was: {first.Message}", first)
    {
        Operation = operation;
        Status = first.Status;
        ErrorName = first.ErrorName;
        ErrorText = first.ErrorText;
    }

    /// <summary>What was tried, such as "cuModuleLoadData of unimed.fatbin".</summary>
    public string Operation { get; }

    /// <summary>CUDA's name of the error, such as CUDA_ERROR_ILLEGAL_ADDRESS.</summary>
    public string ErrorName { get; }

    /// <summary>CUDA's number of the error: a <c>CUresult</c>.</summary>
    public int ErrorCode => (int)Status;

    /// <summary>CUDA's description; of the emulation, with kernel, block and thread.</summary>
    public string ErrorText { get; }

    /// <summary>True when the device cannot be used any more: every later call on it fails too, with this error as its cause.</summary>
    public bool IsDeviceLost => Status.LosesDevice();

    internal CudaStatus Status { get; }

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
