namespace UniMed.Native.Cuda.Emulated;

/// <summary>What of a driver has been made and not given back.</summary>
internal readonly record struct EmulatedObjects(int DeviceAllocations, int HostAllocations, int Streams, int Events, int Graphs);
