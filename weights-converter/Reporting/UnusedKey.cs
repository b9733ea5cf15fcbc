namespace UniMed.WeightsConverter.Reporting;

/// <summary>A key of a source that is not in the output.</summary>
/// <param name="Role">vision, language or checkpoint.</param>
/// <param name="Key">Its key.</param>
/// <param name="Reason">Why it is not.</param>
public sealed record UnusedKey(string Role, string Key, string Reason);
