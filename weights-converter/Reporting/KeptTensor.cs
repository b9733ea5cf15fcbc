namespace UniMed.WeightsConverter.Reporting;

/// <summary>A matrix written in more bits than the conversion asked for.</summary>
/// <param name="Name">Name in the output.</param>
/// <param name="Format">F16 or INT8.</param>
/// <param name="Reason">Why.</param>
public sealed record KeptTensor(string Name, string Format, string Reason);
