namespace UniMed.Bench.Serving;

/// <summary>One request through the engine and to the model itself, in turns.</summary>
/// <param name="TpotMsModel">Time per output token of the model.</param>
/// <param name="TpotMsEngine">Time per output token through the engine.</param>
/// <param name="Share">What the engine adds, as a share of the model's time, pair by pair.</param>
public sealed record ServingOverhead(Spread TpotMsModel, Spread TpotMsEngine, Spread Share);
