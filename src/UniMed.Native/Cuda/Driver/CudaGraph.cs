namespace UniMed.Native.Cuda;

/// <summary>Captured work, not yet executable.</summary>
/// <param name="Handle">CUgraph; 0 is none.</param>
internal readonly record struct CudaGraph(nint Handle);
