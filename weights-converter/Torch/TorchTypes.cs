using UniMed.Native;

namespace UniMed.WeightsConverter.Torch;

/// <summary>Names and sizes of <see cref="TorchType"/>.</summary>
internal static class TorchTypes
{
    /// <summary>The type of a storage class, such as torch.FloatStorage.</summary>
    public static bool TryFromClass(string className, out TorchType type)
    {
        TorchType? found = className switch
        {
            "torch.DoubleStorage" => TorchType.F64,
            "torch.FloatStorage" => TorchType.F32,
            "torch.HalfStorage" => TorchType.F16,
            "torch.BFloat16Storage" => TorchType.BF16,
            "torch.LongStorage" => TorchType.I64,
            "torch.IntStorage" => TorchType.I32,
            "torch.ShortStorage" => TorchType.I16,
            "torch.CharStorage" => TorchType.I8,
            "torch.ByteStorage" => TorchType.U8,
            "torch.BoolStorage" => TorchType.Bool,
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
