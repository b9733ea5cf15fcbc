namespace UniMed.Cli.Rendering;

/// <summary>What became of a file of texts.</summary>
/// <param name="Tokenized">Lines with ids.</param>
/// <param name="Failed">Lines with an error.</param>
/// <param name="Tokens">Ids in all.</param>
/// <param name="Output">The file with the ids.</param>
internal sealed record TokenizeRunRecord(int Tokenized, int Failed, long Tokens, string Output);
