namespace UniMed.Inference;

/// <summary>A whole prompt with its images, for callers who write prompts themselves.</summary>
/// <param name="Prompt">The raw prompt, begin-of-sequence mark, image placeholders and all: see <see cref="PromptTemplate"/>.</param>
/// <param name="Images">One opened image for each placeholder, in order.</param>
/// <param name="Task">The task whose token routes the images; irrelevant without images.</param>
/// <param name="Options">How to answer; null for the defaults.</param>
public sealed record RawRequest(string Prompt, IReadOnlyList<Study> Images, UniMedTask Task, RequestOptions? Options = null);
