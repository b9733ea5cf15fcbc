namespace UniMed.Native;

/// <summary>How the next token of one sequence is chosen, with Hugging Face's meaning of each option.</summary>
/// <param name="DoSample">False: the token with the largest score, the lowest id among equals. True: drawn from the warped distribution.</param>
/// <param name="Temperature">Scores are divided by it before sampling; greater than 0.</param>
/// <param name="TopK">Scores below the k-th largest are dropped before sampling; 0 keeps all.</param>
/// <param name="TopP">The smallest set of most likely tokens whose probability reaches this is kept; 1 keeps all.</param>
/// <param name="RepetitionPenalty">Scores of tokens in the history are divided (positive) or multiplied (negative) by it; 1 does nothing.</param>
/// <param name="MinLength">While the history is shorter than this the end token cannot be chosen.</param>
/// <param name="EosTokenId">End-of-sequence token.</param>
/// <param name="Seed">Key of the counter-based generator; the counter is the length of the history, so a draw does not depend on its batch.</param>
public readonly record struct SamplingParameters(
    bool DoSample,
    float Temperature,
    int TopK,
    float TopP,
    float RepetitionPenalty,
    int MinLength,
    int EosTokenId,
    ulong Seed);
