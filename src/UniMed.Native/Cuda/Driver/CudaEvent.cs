namespace UniMed.Native.Cuda;

/// <summary>A place in a stream that can be waited for and timed.</summary>
/// <param name="Handle">CUevent; 0 is none.</param>
internal readonly record struct CudaEvent(nint Handle);
