namespace UniMed.Native.Cuda;

/// <summary>Kind and size of a kernel's parameter, or of an argument for one.</summary>
/// <param name="Code">kind * 4096 + bytes, as in native/cuda/primitives/parameters.h.</param>
internal readonly record struct CudaParameter(ushort Code)
{
    /// <summary>Most bytes of one.</summary>
    public const int MaxBytes = 0xFFF;

    /// <summary>A parameter of a kind and size.</summary>
    public CudaParameter(CudaParameterKind kind, int bytes)
        : this((ushort)(((int)kind << 12) | bytes))
    {
    }

    /// <summary>Kind.</summary>
    public CudaParameterKind Kind => (CudaParameterKind)(Code >> 12);

    /// <summary>Size.</summary>
    public int Bytes => Code & MaxBytes;

    /// <summary>What an argument of a type is. A constant in compiled code.</summary>
    public static unsafe CudaParameter Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(DevicePointer))
            return new CudaParameter(CudaParameterKind.Pointer, sizeof(T));
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
            return new CudaParameter(CudaParameterKind.Float, sizeof(T));
        return typeof(T) == typeof(int) || typeof(T) == typeof(uint) || typeof(T) == typeof(long) || typeof(T) == typeof(ulong)
            || typeof(T) == typeof(short) || typeof(T) == typeof(ushort) || typeof(T) == typeof(byte) || typeof(T) == typeof(sbyte)
            ? new CudaParameter(CudaParameterKind.Integer, sizeof(T))
            : new CudaParameter(CudaParameterKind.Struct, sizeof(T));
    }

    /// <summary>Whether a parameter takes an argument.</summary>
    public bool Takes(CudaParameter argument) => Bytes == argument.Bytes && (Kind == CudaParameterKind.Unknown || Kind == argument.Kind);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        CudaParameterKind.Pointer => $"a pointer of {Bytes} bytes",
        CudaParameterKind.Integer => $"an integer of {Bytes} bytes",
        CudaParameterKind.Float => $"a floating-point number of {Bytes} bytes",
        CudaParameterKind.Struct => $"a struct of {Bytes} bytes",
        _ => $"{Bytes} bytes",
    };
}
