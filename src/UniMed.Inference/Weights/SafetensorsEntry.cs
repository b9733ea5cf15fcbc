namespace UniMed.Inference.Weights;

/// <summary>The bytes [Begin, End) of the data section that a header gives to one tensor.</summary>
internal sealed record SafetensorsEntry(string Name, long Begin, long End);
