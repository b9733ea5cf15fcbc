namespace UniMed.Inference.Tokenization;

/// <summary>A symbol of a text that is being encoded; it stands in an array at the place of its first character, so the next one follows from its length.</summary>
internal struct BytePairSymbol
{
    /// <summary>The id of a symbol that was not joined.</summary>
    public const int NoPiece = -1;

    /// <summary>Characters; 0 when it has become part of the symbol to its left.</summary>
    public int Length;

    /// <summary>Where the symbol to its left begins; -1 for the first.</summary>
    public int Previous;

    /// <summary>The piece it was joined to; <see cref="NoPiece"/> before that.</summary>
    public int Id;

    /// <summary>True for a user-defined piece, which joins with nothing.</summary>
    public bool IsWhole;
}
