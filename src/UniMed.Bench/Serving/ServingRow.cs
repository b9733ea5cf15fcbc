namespace UniMed.Bench.Serving;

/// <summary>What an engine did with the load at one concurrency. Spreads are over rounds, percentiles over the requests of all rounds.</summary>
/// <param name="Concurrency">Requests answered at once.</param>
/// <param name="RequestsPerSecond">Answers.</param>
/// <param name="NewTokensPerSecond">Tokens of answers, the time of prompts and images included.</param>
/// <param name="DecodeTokensPerSecond">Requests that run together by the middle request's TPOT: tokens a second once prompts are done.</param>
/// <param name="PromptTokensPerSecond">Prompt positions that were computed.</param>
/// <param name="SharedTokensPerSecond">Prompt positions that were found in the cache instead.</param>
/// <param name="ImagesEncodedPerSecond">Passes of the vision transformer; absent without images.</param>
/// <param name="ImagesReusedPerSecond">Uses of an image whose features or visual tokens were kept; absent without images.</param>
/// <param name="TtftMs">From a request's submission to its first token.</param>
/// <param name="LatencyMs">From a request's submission to its whole answer.</param>
/// <param name="TpotMs">Mean time of a request's tokens after the first.</param>
/// <param name="AllFirstTokensMs">From the first submission until every request had its first token.</param>
/// <param name="Passes">Passes of the language model in the last round.</param>
/// <param name="RatioToFirst">New tokens a second by those of the first concurrency, round by round.</param>
public sealed record ServingRow(
    int Concurrency,
    Spread RequestsPerSecond,
    Spread NewTokensPerSecond,
    double DecodeTokensPerSecond,
    Spread PromptTokensPerSecond,
    Spread SharedTokensPerSecond,
    Spread? ImagesEncodedPerSecond,
    Spread? ImagesReusedPerSecond,
    Percentiles TtftMs,
    Percentiles LatencyMs,
    Percentiles TpotMs,
    Spread AllFirstTokensMs,
    long Passes,
    Spread RatioToFirst);
