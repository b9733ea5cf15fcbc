using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>A chat as the engine takes it.</summary>
/// <param name="Options">How it is answered.</param>
/// <param name="Ask">Asks an engine.</param>
internal sealed record ChatQuestion(RequestOptions Options, Func<UniMedEngine, CancellationToken, ChatAnswer> Ask)
{
    /// <summary>Where the drawing of tokens began, as ChatOptions.Seed takes it; null when none are drawn.</summary>
    public long? Seed => Options.Generation is { DoSample: true, Seed: var seed } ? unchecked((long)seed) : null;
}
