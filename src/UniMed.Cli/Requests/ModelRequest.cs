using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>A request of a run, checked.</summary>
/// <param name="Id">What its writer calls it.</param>
/// <param name="Task">The task whose token routes its images.</param>
/// <param name="Images">Paths of its images.</param>
/// <param name="Instruction">What stands after the images; null when <paramref name="Prompt"/> is given.</param>
/// <param name="Prompt">The whole prompt; null when <paramref name="Instruction"/> is given.</param>
/// <param name="Generation">How tokens are chosen.</param>
internal sealed record ModelRequest(
    RequestId Id, UniMedTask Task, IReadOnlyList<string> Images, string? Instruction, string? Prompt, GenerationOptions Generation)
{
    /// <summary>The request as the engine takes it.</summary>
    public TaskRequest<TaskAnswer> Asked => Prompt is { } prompt ? TaskRequest.Prompt(Task, prompt) : TaskRequest.Instruct(Task, Instruction!);
}
