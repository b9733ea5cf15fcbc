namespace UniMed.Cli.Rendering;

/// <summary>What a run did.</summary>
/// <param name="Answered">Requests answered now.</param>
/// <param name="AlreadyAnswered">Requests the output file held an answer of.</param>
/// <param name="Failed">Requests that got an error line.</param>
/// <param name="Output">The file with the answers.</param>
internal sealed record RunRecord(int Answered, int AlreadyAnswered, int Failed, string Output);
