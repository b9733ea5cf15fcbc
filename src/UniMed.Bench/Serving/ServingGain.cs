namespace UniMed.Bench.Serving;

/// <summary>One thing switched off and on, in turns.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Without">How it was measured without.</param>
/// <param name="With">How it was measured with it.</param>
/// <param name="NewTokensPerSecondWithout">New tokens a second without, over rounds.</param>
/// <param name="NewTokensPerSecondWith">New tokens a second with it.</param>
/// <param name="NewTokensRatio">How many times as many tokens a second, round by round.</param>
/// <param name="AllFirstTokensMsWithout">Time until every request had its first token, without.</param>
/// <param name="AllFirstTokensMsWith">Time until every request had its first token, with it.</param>
/// <param name="AllFirstTokensRatio">How many times sooner they are out, round by round.</param>
public sealed record ServingGain(
    string Name,
    string Without,
    string With,
    Spread NewTokensPerSecondWithout,
    Spread NewTokensPerSecondWith,
    Spread NewTokensRatio,
    Spread AllFirstTokensMsWithout,
    Spread AllFirstTokensMsWith,
    Spread AllFirstTokensRatio);
