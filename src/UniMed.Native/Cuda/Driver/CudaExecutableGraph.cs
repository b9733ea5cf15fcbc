namespace UniMed.Native.Cuda;

/// <summary>Captured work that can be launched again and again with the arguments of its capture.</summary>
/// <param name="Handle">CUgraphExec; 0 is none.</param>
internal readonly record struct CudaExecutableGraph(nint Handle);
