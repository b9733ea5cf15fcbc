namespace UniMed.Native;

/// <summary>How far a batch reaches that was checked against its cache.</summary>
/// <param name="MaxRows">Most rows of a sequence.</param>
/// <param name="MaxPositions">Most cached positions of a sequence, the new rows included.</param>
public readonly record struct BatchExtent(int MaxRows, int MaxPositions);
