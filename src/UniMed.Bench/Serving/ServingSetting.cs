using UniMed.Inference;

namespace UniMed.Bench.Serving;

/// <summary>One way to serve a load, measured once in every round.</summary>
/// <param name="Label">What is special about it.</param>
/// <param name="Requests">The load.</param>
/// <param name="Concurrency">Requests at once.</param>
/// <param name="Options">The engine's other limits.</param>
internal sealed record ServingSetting(string Label, IReadOnlyList<ServingRequest> Requests, int Concurrency, EngineOptions Options)
{
    /// <summary>Its rounds so far.</summary>
    public List<ServingTimes> Rounds { get; init; } = [];
}
