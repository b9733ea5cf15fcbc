namespace UniMed.Inference.Tokenization;

/// <summary>One entry of a SentencePiece vocabulary; its place in the list is the token id.</summary>
/// <param name="Text">The piece as the file spells it, U+2581 standing for a space.</param>
/// <param name="Type">What the piece stands for.</param>
internal readonly record struct SentencePiece(string Text, SentencePieceType Type);
