namespace UniMed.Native.Cuda;

/// <summary>What can be asked of a kernel: <c>CUfunction_attribute</c>.</summary>
internal enum CudaFunctionAttribute
{
    /// <summary>Most threads a block may have.</summary>
    MaxThreadsPerBlock = 0,

    /// <summary>Static shared memory of a block.</summary>
    SharedSizeBytes = 1,

    /// <summary>Local memory of a thread; above 0 registers spill.</summary>
    LocalSizeBytes = 3,

    /// <summary>Registers of a thread.</summary>
    NumRegs = 4,

    /// <summary>Compute capability the code was compiled for, times 10.</summary>
    BinaryVersion = 6,

    /// <summary>Most dynamic shared memory a launch may ask for; can be set.</summary>
    MaxDynamicSharedSizeBytes = 8,
}
