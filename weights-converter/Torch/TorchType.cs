namespace UniMed.WeightsConverter.Torch;

/// <summary>Element types of PyTorch storages that can be read.</summary>
internal enum TorchType
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}
