namespace UniMed.Inference;

/// <summary>One generated token, as it is streamed.</summary>
/// <param name="Id">The token id.</param>
/// <param name="Text">
/// The text that became certain with this token. Empty for special tokens, and for the first bytes of a character spelled in bytes; the texts of
/// all tokens put together are the decoded answer.
/// </param>
/// <param name="LogProbability">Natural logarithm of the token's probability under the model, before any penalty; null unless asked for.</param>
public sealed record GeneratedToken(int Id, string Text, float? LogProbability);
