namespace UniMed.WeightsConverter.Reporting;

/// <summary>What of the output is in one format.</summary>
/// <param name="Format">F64, F32, F16, BF16, INT8 or INT4.</param>
/// <param name="Tensors">Tensors, a quantized matrix and its scales counting as one.</param>
/// <param name="Bytes">Their bytes, scales included.</param>
public sealed record FormatTotal(string Format, int Tensors, long Bytes);
