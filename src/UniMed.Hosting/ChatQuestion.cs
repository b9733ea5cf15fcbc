using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>A chat as the engine takes it.</summary>
internal sealed record ChatQuestion(TaskRequest<TaskAnswer> Request, IReadOnlyList<MedicalImage> Images, RequestOptions Options)
{
    /// <summary>Where the drawing of tokens began, as ChatOptions.Seed takes it; null when none are drawn.</summary>
    public long? Seed => Options.Generation is { DoSample: true, Seed: var seed } ? unchecked((long)seed) : null;
}
