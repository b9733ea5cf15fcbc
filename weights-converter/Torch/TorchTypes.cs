using UniMed.Native;

namespace UniMed.WeightsConverter.Torch;

/// <summary>Names and sizes of <see cref="TorchType"/>.</summary>
internal static class TorchTypes
{
    /// <summary>The type of a storage class of the module torch, such as FloatStorage.</summary>
    public static bool TryFromStorage(string className, out TorchType type)
    {
        TorchType? found = className switch
        {
            "DoubleStorage" => TorchType.F64,
            "FloatStorage" => TorchType.F32,
            "HalfStorage" => TorchType.F16,
            "BFloat16Storage" => TorchType.BF16,
            "LongStorage" => TorchType.I64,
            "IntStorage" => TorchType.I32,
            "ShortStorage" => TorchType.I16,
            "CharStorage" => TorchType.I8,
            "ByteStorage" => TorchType.U8,
            "BoolStorage" => TorchType.Bool,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>Bytes of one element.</summary>
    public static int Size(this TorchType type) => type == TorchType.I16 ? 2 : type.ToElementType()!.Value.Size();

    /// <summary>The type a safetensors file can hold, or null for I16.</summary>
    public static ElementType? ToElementType(this TorchType type) => type switch
    {
        TorchType.F64 => ElementType.F64,
        TorchType.F32 => ElementType.F32,
        TorchType.F16 => ElementType.F16,
        TorchType.BF16 => ElementType.BF16,
        TorchType.I64 => ElementType.I64,
        TorchType.I32 => ElementType.I32,
        TorchType.I8 => ElementType.I8,
        TorchType.U8 => ElementType.U8,
        TorchType.Bool => ElementType.Bool,
        _ => null,
    };

    /// <summary>The type of a safetensors tensor.</summary>
    public static TorchType FromElementType(ElementType type) => Enum.Parse<TorchType>(type.ToString());
}
