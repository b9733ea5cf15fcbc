namespace UniMed.Native;

/// <summary>How far a batch reaches.</summary>
/// <param name="MostRows">Most rows of a sequence.</param>
/// <param name="Longest">Most cached positions of a sequence, the new rows included.</param>
internal readonly record struct BatchExtent(int MostRows, int Longest);
