namespace UniMed.Native.Cuda;

/// <summary>Memory of a device.</summary>
/// <param name="FreeBytes">Not used by anyone.</param>
/// <param name="TotalBytes">All of it.</param>
internal readonly record struct CudaMemoryInfo(long FreeBytes, long TotalBytes);
