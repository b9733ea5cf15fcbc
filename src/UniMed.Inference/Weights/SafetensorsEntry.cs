namespace UniMed.Inference.Weights;

/// <summary>The bytes [Begin, End) of the data section that a header gives to one tensor.</summary>
internal readonly record struct SafetensorsEntry(string Name, long Begin, long End);
