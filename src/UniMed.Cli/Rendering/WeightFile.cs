namespace UniMed.Cli.Rendering;

/// <summary>A weight file of a model folder.</summary>
internal sealed record WeightFile(string Name, long Bytes);
