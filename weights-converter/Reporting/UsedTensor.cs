namespace UniMed.WeightsConverter.Reporting;

/// <summary>A tensor of the output and its source.</summary>
/// <param name="Name">Name in the output.</param>
/// <param name="File">Source file, without its folder.</param>
/// <param name="Key">Key in the source.</param>
/// <param name="Shape">Elements along each dimension.</param>
/// <param name="SourceType">Type in the source.</param>
/// <param name="OutputType">Type in the output; INT8 or INT4 for blocks.</param>
public sealed record UsedTensor(string Name, string File, string Key, IReadOnlyList<long> Shape, string SourceType, string OutputType);
