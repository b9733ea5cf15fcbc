namespace UniMed.Native.Cuda.Device;

/// <summary>A matrix in fragment order on the card.</summary>
internal sealed class CudaMatrix(CudaMemory memory, int rows, int columns, int tiles, HalfType type) : IDisposable
{
    /// <summary>Output features.</summary>
    public int Rows => rows;

    /// <summary>Input features.</summary>
    public int Columns => columns;

    /// <summary>Tiles of 16 rows; of a gated pair, of 8 rows each.</summary>
    public int Tiles => tiles;

    /// <summary>Type on the card.</summary>
    public HalfType Type => type;

    /// <summary>Fragments.</summary>
    public DevicePointer Pointer => memory.Pointer;

    /// <summary>Bytes that one pass reads.</summary>
    public long Bytes => memory.Bytes;

    /// <summary>Name of a kernel for this type.</summary>
    public string Kernel(string family) => family + (type == HalfType.F16 ? "_f16" : "_bf16");

    public void Dispose() => memory.Dispose();
}
