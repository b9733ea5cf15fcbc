namespace UniMed.Native.Cpu;

/// <summary>A weight matrix where it lies, as kernels see it: addresses and strides. Whoever holds it keeps the memory alive.</summary>
internal readonly unsafe struct CpuMatrix
{
    /// <summary>Looks at a matrix that Require.Weight has let through.</summary>
    public CpuMatrix(HostTensor tensor)
    {
        Stored = tensor.Format switch
        {
            WeightFormat.Int8Block32 => StoredAs.Int8,
            WeightFormat.Int4Block32 => StoredAs.Int4,
            _ => tensor.Type switch
            {
                ElementType.F32 => StoredAs.Single,
                ElementType.F16 => StoredAs.Half,
                ElementType.BF16 => StoredAs.Brain,
                _ => StoredAs.Double,
            },
        };
        Values = (byte*)tensor.Address;
        Rows = tensor.Rows;
        Columns = tensor.Columns;
        RowBytes = (nint)tensor.RowStride * tensor.Type.Size();
        if (tensor.Format == WeightFormat.Plain)
            return;
        HostTensor scales = tensor.Scales;
        Scales = (ushort*)scales.Address;
        ScaleStride = (nint)scales.RowStride;
    }

    public StoredAs Stored { get; }

    public byte* Values { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Bytes from one row to the next.</summary>
    public nint RowBytes { get; }

    /// <summary>F16 scales of quantized blocks.</summary>
    public ushort* Scales { get; }

    /// <summary>Scales from one row to the next.</summary>
    public nint ScaleStride { get; }
}
