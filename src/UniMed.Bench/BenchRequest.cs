using UniMed.Bench.Synthetic;

namespace UniMed.Bench;

/// <summary>What to measure.</summary>
/// <param name="Folder">Model folder; null for random weights.</param>
/// <param name="Shape">Sizes of a model with random weights; null for a folder.</param>
/// <param name="Dtypes">How random matrices are stored.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Threads">Threads of device cpu; null for one on each processor.</param>
/// <param name="PromptTokens">Positions of a prompt.</param>
/// <param name="NewTokens">Tokens after it.</param>
/// <param name="Batches">Requests together.</param>
/// <param name="Images">Images of a request; null for one where the model takes images.</param>
/// <param name="Repeat">Answers measured.</param>
/// <param name="Seed">Seed of weights, images and prompts.</param>
public sealed record BenchRequest(
    string? Folder, SyntheticShape? Shape, IReadOnlyList<SyntheticDtype> Dtypes, string Device, int? Threads, int PromptTokens, int NewTokens,
    IReadOnlyList<int> Batches, int? Images, int Repeat, int Seed);
