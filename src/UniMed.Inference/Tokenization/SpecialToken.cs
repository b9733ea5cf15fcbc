namespace UniMed.Inference.Tokenization;

/// <summary>A token that a text is split at, wherever it is spelled, before SentencePiece sees the text.</summary>
/// <param name="Text">How it is spelled.</param>
/// <param name="StripsBefore">White space before it is dropped.</param>
/// <param name="StripsAfter">White space behind it is dropped.</param>
internal sealed record SpecialToken(string Text, bool StripsBefore, bool StripsAfter);
