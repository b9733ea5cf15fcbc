namespace UniMed.Native.Cuda;

/// <summary>A kernel as the driver knows it.</summary>
/// <param name="Handle">CUfunction; 0 is none.</param>
internal readonly record struct CudaFunction(nint Handle);
