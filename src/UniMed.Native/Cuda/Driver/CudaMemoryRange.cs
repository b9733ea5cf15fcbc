namespace UniMed.Native.Cuda;

/// <summary>A piece of memory that the driver knows.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Ordinal">Number of the card it belongs to; null where it is host memory.</param>
internal readonly record struct CudaMemoryRange(DevicePointer Start, ulong Bytes, int? Ordinal)
{
    /// <summary>One past its last byte.</summary>
    public ulong End => Start.Address + Bytes;
}
