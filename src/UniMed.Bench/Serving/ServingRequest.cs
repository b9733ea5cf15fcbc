using UniMed.Inference;

namespace UniMed.Bench.Serving;

/// <summary>One request of a load.</summary>
/// <param name="Prompt">The raw prompt.</param>
/// <param name="Images">Its image; none where the task takes none.</param>
/// <param name="Task">Its task.</param>
internal sealed record ServingRequest(string Prompt, IReadOnlyList<MedicalImage> Images, UniMedTask Task);
