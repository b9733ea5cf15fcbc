namespace UniMed.Inference.Tokenization;

/// <summary>One entry of a SentencePiece vocabulary; its place in the list is the token id.</summary>
/// <param name="Text">The piece as the file spells it, U+2581 standing for a space.</param>
/// <param name="Type">What the piece stands for.</param>
/// <param name="Score">How early symbols join to it: higher first.</param>
internal readonly record struct SentencePiece(string Text, SentencePieceType Type, float Score)
{
    /// <summary>True for pieces that a text is matched with; control, byte and unknown pieces are not.</summary>
    public bool IsText => Type is SentencePieceType.Normal or SentencePieceType.UserDefined or SentencePieceType.Unused;
}
