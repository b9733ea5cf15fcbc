namespace UniMed.Bench.Serving;

/// <summary>What a measurement of an engine found, and on what.</summary>
/// <param name="Model">Shape or folder.</param>
/// <param name="Weights">How matrices are stored; "as stored" of a model folder.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="DeviceDetail">What it is.</param>
/// <param name="Threads">Threads of device cpu; processors of this machine where nobody chose.</param>
/// <param name="System">Operating system and runtime.</param>
/// <param name="Version">Version of UniMed, with its revision.</param>
/// <param name="Date">UTC.</param>
/// <param name="Requests">Requests of a round.</param>
/// <param name="Mix">Their tasks: qa, vqa, tasks.</param>
/// <param name="Pictures">Different pictures among them.</param>
/// <param name="PromptTokens">Positions of a prompt, visual tokens included.</param>
/// <param name="OwnTokens">Positions at its end that no other prompt has.</param>
/// <param name="NewTokens">Tokens of each answer.</param>
/// <param name="Repeat">Rounds after the warm-up.</param>
/// <param name="KvCacheTokens">Positions of the engine's key-value cache.</param>
/// <param name="Rows">Concurrencies, in the order they were named.</param>
/// <param name="Gains">What was switched off and on.</param>
/// <param name="Overhead">What one request pays for the engine; absent where it was not asked for.</param>
/// <param name="PeakMemoryBytes">Most memory of the process.</param>
public sealed record ServingBenchRecord(
    string Model,
    string Weights,
    string Device,
    string DeviceDetail,
    int Threads,
    string System,
    string Version,
    DateTime Date,
    int Requests,
    string Mix,
    int Pictures,
    int PromptTokens,
    int OwnTokens,
    int NewTokens,
    int Repeat,
    int KvCacheTokens,
    IReadOnlyList<ServingRow> Rows,
    IReadOnlyList<ServingGain> Gains,
    ServingOverhead? Overhead,
    long PeakMemoryBytes);
