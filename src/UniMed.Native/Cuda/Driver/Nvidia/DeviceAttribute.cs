namespace UniMed.Native.Cuda.Nvidia;

/// <summary><c>CUdevice_attribute</c>, as far as asked for.</summary>
internal enum DeviceAttribute
{
    MultiprocessorCount = 16,
    L2CacheSize = 38,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedMemoryPerBlockOptin = 97,
}
