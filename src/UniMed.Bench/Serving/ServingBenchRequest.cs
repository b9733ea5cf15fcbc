using UniMed.Bench.Synthetic;

namespace UniMed.Bench.Serving;

/// <summary>What to measure of an engine.</summary>
/// <param name="Folder">Model folder; null for random weights.</param>
/// <param name="Shape">Sizes of a model with random weights; null for a folder.</param>
/// <param name="Dtype">How random matrices are stored.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Threads">Threads of device cpu; null for one on each processor.</param>
/// <param name="Concurrencies">Requests answered at once, one measurement for each.</param>
/// <param name="Load">The requests.</param>
/// <param name="Gains">What to show one by one.</param>
/// <param name="Repeat">Rounds.</param>
/// <param name="Seed">Seed of weights, pictures and prompts.</param>
public sealed record ServingBenchRequest(
    string? Folder, SyntheticShape? Shape, SyntheticDtype Dtype, string Device, int? Threads, IReadOnlyList<int> Concurrencies, ServingLoad Load,
    IReadOnlyList<ServingGainKind> Gains, int Repeat, int Seed)
{
    /// <summary>Shape or folder.</summary>
    public string Model => Folder ?? Shape!.Name;

    /// <summary>How its weights are stored.</summary>
    public string Weights => Folder is null ? Dtype.ToString().ToLowerInvariant() : "as stored";
}
