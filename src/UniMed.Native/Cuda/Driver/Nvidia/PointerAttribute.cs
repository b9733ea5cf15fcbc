namespace UniMed.Native.Cuda.Nvidia;

/// <summary>What can be asked about an address: <c>CUpointer_attribute</c> of cuda.h.</summary>
internal enum PointerAttribute
{
    MemoryType = 2,
    DeviceOrdinal = 9,
    RangeStart = 11,
    RangeSize = 12,
}
