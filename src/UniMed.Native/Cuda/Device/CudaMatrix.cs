using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>A matrix on the card: in fragment order, but for the router's second layer.</summary>
internal sealed class CudaMatrix(CudaMemory memory, int rows, int columns, int tiles, HalfType type, WeightFormat format) : IGpuMemory
{
    private readonly string?[] _linearKernels = new string?[(int)LinearWidth.Wide128 + 1];
    private string? _operandsKernel;

    /// <summary>Output features.</summary>
    public int Rows => rows;

    /// <summary>Input features.</summary>
    public int Columns => columns;

    /// <summary>Tiles of 16 rows; of a gated pair, of 8 rows each; none where rows lie one after the other.</summary>
    public int Tiles => tiles;

    /// <summary>Type of the numbers that a product multiplies: binary16 for a quantized matrix, whose values become that in registers.</summary>
    public HalfType Type => type;

    /// <summary>How the numbers are stored on the card.</summary>
    public WeightFormat Format => format;

    /// <summary>Its first fragment, or its first number.</summary>
    public DevicePointer Pointer => memory.Pointer;

    /// <summary>Bytes that one pass reads.</summary>
    public long Bytes => memory.Bytes;

    /// <summary>Suffix of kernels for these numbers.</summary>
    private string Suffix => format switch
    {
        WeightFormat.Int8Block32 => "_int8",
        WeightFormat.Int4Block32 => "_int4",
        _ => TypeSuffix,
    };

    private string TypeSuffix => type == HalfType.F16 ? "_f16" : "_bf16";

    /// <summary>Name of a kernel for these numbers.</summary>
    public string Kernel(string family) => family + Suffix;

    /// <summary>Name of the kernel that rounds activations for a product with these numbers; put together once.</summary>
    public string OperandsKernel => _operandsKernel ??= "linear_operands" + TypeSuffix;

    /// <summary>Name of a linear kernel for these numbers; put together once.</summary>
    public string LinearKernel(LinearWidth width) => _linearKernels[(int)width] ??= Kernel("linear") + width switch
    {
        LinearWidth.Tokens8 => "_n8",
        LinearWidth.Tokens16 => "_n16",
        LinearWidth.Tokens32 => "_n32",
        LinearWidth.Wide64 => "_w64",
        LinearWidth.Wide96 => "_w96",
        _ => "_w128",
    };

    public void Dispose() => memory.Dispose();
}
