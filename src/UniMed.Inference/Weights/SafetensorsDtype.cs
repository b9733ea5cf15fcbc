using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>Type names of the safetensors format.</summary>
internal static class SafetensorsDtype
{
    /// <summary>The types UniMed reads, for messages.</summary>
    public const string Supported = "F64, F32, F16, BF16, I64, I32, I8, U8 and BOOL";

    /// <summary>Bytes of one element; null when the name is no type of the format, or one that is smaller than a byte.</summary>
    public static int? Size(string dtype) => dtype switch
    {
        "I16" or "U16" => 2,
        "U32" => 4,
        "U64" or "C64" => 8,
        "F8_E4M3" or "F8_E5M2" or "F8_E8M0" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" => 1,
        _ => ElementTypes.TryParse(dtype, out ElementType type) ? type.Size() : null,
    };
}
