namespace UniMed.Native.Cuda;

/// <summary>What a kernel's parameter is, with the numbers of native/cuda/primitives/parameters.h.</summary>
internal enum CudaParameterKind
{
    /// <summary>Where only the driver was there to ask: it knows sizes and no kinds.</summary>
    Unknown = 0,

    Pointer = 1,
    Integer = 2,
    Float = 3,
    Struct = 4,
}
