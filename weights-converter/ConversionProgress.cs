namespace UniMed.WeightsConverter;

/// <summary>How far a conversion is.</summary>
/// <param name="Stage">What is being done, a few words.</param>
/// <param name="Item">The current file or tensor.</param>
/// <param name="DoneBytes">Bytes of this stage that are done.</param>
/// <param name="TotalBytes">Bytes of this stage.</param>
public readonly record struct ConversionProgress(string Stage, string Item, long DoneBytes, long TotalBytes);
