namespace UniMed.Native.Cuda;

/// <summary>An address in device memory; as a kernel argument it is the plain pointer.</summary>
/// <param name="Address">CUdeviceptr; 0 is none.</param>
internal readonly record struct DevicePointer(ulong Address)
{
    /// <summary>No memory.</summary>
    public static DevicePointer Null => default;

    /// <summary>True for <see cref="Null"/>.</summary>
    public bool IsNull => Address == 0;

    /// <summary>The address so many bytes further.</summary>
    public static DevicePointer operator +(DevicePointer pointer, long bytes) => new(pointer.Address + (ulong)bytes);

    /// <inheritdoc/>
    public override string ToString() => $"0x{Address:x}";
}
