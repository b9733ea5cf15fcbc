namespace UniMed.Inference;

/// <summary>What the model and its files call the tasks, and which expert hard routing gives them. Thread-safe.</summary>
public static class UniMedTasks
{
    private static readonly string[] Names = ["vqa", "refer", "identify", "caption", "cls", "qa"];

    /// <summary>All tasks, in the order of the experts under hard routing, the text-only task last.</summary>
    public static IReadOnlyList<UniMedTask> All { get; } =
        [UniMedTask.Vqa, UniMedTask.Refer, UniMedTask.Identify, UniMedTask.Caption, UniMedTask.Cls, UniMedTask.Qa];

    /// <summary>The task's name in checkpoints and requests: vqa, refer, identify, caption, cls or qa.</summary>
    /// <exception cref="UniMedException">The value is none of the six.</exception>
    public static string Name(this UniMedTask task) => (uint)task < (uint)Names.Length
        ? Names[(int)task]
        : throw new UniMedException(UniMedFailure.InvalidInput, $"Task {(int)task} does not exist. Use one of {string.Join(", ", Names)}.");

    /// <summary>The tag an instruction starts with, such as [vqa].</summary>
    /// <exception cref="UniMedException">The value is none of the six.</exception>
    public static string Tag(this UniMedTask task) => $"[{task.Name()}]";

    /// <summary>True unless the task is text only.</summary>
    /// <exception cref="UniMedException">The value is none of the six.</exception>
    public static bool TakesImage(this UniMedTask task) => task.Name() != "qa";

    /// <summary>The expert that hard routing uses: the task's place in [vqa, refer, identify, caption, cls]. Null for the text-only task,
    /// which has no visual tokens to route.</summary>
    /// <exception cref="UniMedException">The value is none of the six.</exception>
    public static int? ExpertIndex(this UniMedTask task) => task.TakesImage() ? (int)task : null;

    /// <summary>Reads a task's name, in any case, with or without the brackets of its tag.</summary>
    /// <returns>False, and <see cref="UniMedTask.Vqa"/>, for anything else.</returns>
    public static bool TryParse(string? name, out UniMedTask task)
    {
        string bare = name is ['[', .. string inner, ']'] ? inner : name ?? "";
        foreach (UniMedTask candidate in All)
        {
            if (candidate.Name().Equals(bare, StringComparison.OrdinalIgnoreCase))
            {
                task = candidate;
                return true;
            }
        }

        task = default;
        return false;
    }
}
