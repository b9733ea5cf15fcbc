namespace UniMed.Native.Cuda;

/// <summary>A stream of a driver: work in it runs in order. Streams do not wait for each other, nor for synchronous copies.</summary>
/// <param name="Handle">CUstream; 0 is none.</param>
internal readonly record struct CudaStream(nint Handle);
