namespace UniMed.Native.Cuda;

/// <summary>A loaded module as the driver knows it.</summary>
/// <param name="Handle">CUmodule; 0 is none.</param>
internal readonly record struct CudaModuleHandle(nint Handle);
