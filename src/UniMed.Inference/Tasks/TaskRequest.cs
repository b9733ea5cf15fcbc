using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>
/// A request of one of the model's tasks: what it asks, the task whose token routes the images, the form its answer may be held to, the labels it has scored. Make one with a method of this class and
/// give it to <see cref="Study.AskAsync{TAnswer}"/>, or to a model or engine with its images.
/// </summary>
/// <remarks>Immutable and thread-safe: one request may be asked about any number of images.</remarks>
public abstract class TaskRequest
{
    private readonly Lazy<AnswerConstraint>? _form;

    private protected TaskRequest(UniMedTask task, string text, bool isWholePrompt, Func<AnswerConstraint>? form, IReadOnlyList<string> labels)
    {
        _ = task.Name();
        Task = task;
        Text = text;
        IsWholePrompt = isWholePrompt;
        Labels = labels;
        _form = form is null ? null : new Lazy<AnswerConstraint>(form);
    }

    /// <summary>The task.</summary>
    public UniMedTask Task { get; }

    /// <summary>The instruction, or the whole prompt.</summary>
    public string Text { get; }

    /// <summary>True when <see cref="Text"/> is a whole prompt, with a placeholder for each image; false when it is an instruction, which the model's prompt template takes.</summary>
    public bool IsWholePrompt { get; }

    /// <summary>Labels that are scored as whole answers; empty for none.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Asks a question about an image (task vqa).</summary>
    /// <param name="question">The question alone; the evaluation's instruction is put around it.</param>
    /// <exception cref="ArgumentNullException">The question is null.</exception>
    /// <exception cref="UniMedException">The question is empty or white space.</exception>
    public static TaskRequest<TextAnswer> Ask(string question) => TextOf(UniMedTask.Vqa, Instructions.Vqa(question));

    /// <summary>Locates what a phrase names (task refer).</summary>
    /// <param name="phrase">Such as "left frontal lobe".</param>
    /// <exception cref="ArgumentNullException">The phrase is null.</exception>
    /// <exception cref="UniMedException">The phrase is empty or white space.</exception>
    public static TaskRequest<LocateAnswer> Locate(string phrase) => Box(Instructions.Refer(phrase), isWholePrompt: false);

    /// <summary>Names what lies in a box (task identify).</summary>
    /// <param name="box">Box in percent; <see cref="PercentBox.FromPixels"/> makes one from pixels.</param>
    /// <exception cref="UniMedException">The box does not lie in the image, or is turned inside out.</exception>
    public static TaskRequest<TextAnswer> Identify(PercentBox box) => TextOf(UniMedTask.Identify, Instructions.Identify(box));

    /// <summary>Describes an image (task caption).</summary>
    /// <param name="instruction">Null for the evaluation's "Describe this input image. "; or another request, without its tag.</param>
    /// <exception cref="UniMedException">The request is empty or white space.</exception>
    public static TaskRequest<TextAnswer> Describe(string? instruction = null) => TextOf(UniMedTask.Caption, Instructions.Caption(instruction));

    /// <summary>Classifies an image (task cls): generates, and scores every category.</summary>
    /// <param name="categories">Two or more categories, each once.</param>
    /// <param name="subject">What is classified; the instruction asks "Which category does this {subject} belong to".</param>
    /// <exception cref="ArgumentException">The categories or the subject are null.</exception>
    /// <exception cref="UniMedException">There are fewer than two categories, two are equal, or one is empty or has white space around it.</exception>
    public static TaskRequest<ClassifyAnswer> Classify(IReadOnlyList<string> categories, string subject = "medical image")
    {
        string instruction = Instructions.Cls(subject, categories);
        string[] labels = [.. categories];
        return new TaskRequest<ClassifyAnswer>(UniMedTask.Cls, instruction, false, static reply => new ClassifyAnswer(reply), () => AnswerConstraint.Choice(labels), labels);
    }

    /// <summary>Answers a question without an image (task qa).</summary>
    /// <param name="question">The question alone; the evaluation's instruction is put around it.</param>
    /// <exception cref="ArgumentNullException">The question is null.</exception>
    /// <exception cref="UniMedException">The question is empty or white space.</exception>
    public static TaskRequest<TextAnswer> Answer(string question) => TextOf(UniMedTask.Qa, Instructions.Qa(question));

    /// <summary>An instruction that the caller wrote, tag and all. The answer is a <see cref="LocateAnswer"/> for refer and a <see cref="TextAnswer"/> for the other tasks.</summary>
    /// <param name="task">The task whose token routes the images.</param>
    /// <param name="instruction">The instruction; see <see cref="Instructions"/> for those the model was trained with.</param>
    /// <exception cref="ArgumentNullException">The instruction is null.</exception>
    /// <exception cref="UniMedException">The instruction is empty or white space.</exception>
    /// <exception cref="UniMedException">There is no such task.</exception>
    public static TaskRequest<TaskAnswer> Instruct(UniMedTask task, string instruction) => Typed(task, Argument.Text(instruction), isWholePrompt: false);

    /// <summary>A whole prompt that the caller wrote. The answer is a <see cref="LocateAnswer"/> for refer and a <see cref="TextAnswer"/> for the other tasks.</summary>
    /// <param name="task">The task whose token routes the images; irrelevant without images.</param>
    /// <param name="prompt">Begin-of-sequence mark, one placeholder for each image, and all: see <see cref="PromptTemplate"/>.</param>
    /// <exception cref="ArgumentNullException">The prompt is null.</exception>
    /// <exception cref="UniMedException">The prompt is empty or white space.</exception>
    /// <exception cref="UniMedException">There is no such task.</exception>
    public static TaskRequest<TaskAnswer> Prompt(UniMedTask task, string prompt) => Typed(task, Argument.Text(prompt), isWholePrompt: true);

    /// <summary>A whole prompt that the caller wrote, whose answer is text whatever the task.</summary>
    /// <inheritdoc cref="Prompt"/>
    public static TaskRequest<TextAnswer> Raw(UniMedTask task, string prompt) => new(task, Argument.Text(prompt), true, static reply => new TextAnswer(reply));

    /// <summary>The prompt as the model reads it.</summary>
    /// <param name="template">The model's.</param>
    /// <param name="images">Number of images.</param>
    internal string PromptFor(PromptTemplate template, int images) =>
        IsWholePrompt ? Text : images == 0 ? template.TextOnly(Text) : template.WithImages(Text, images);

    /// <summary>Options under which it is asked: its form, where the caller wants answers in their task's form and names no other.</summary>
    internal RequestOptions Formed(RequestOptions options) =>
        _form is not null && options is { ConstrainToTask: true, Generation.Constraint: null } ? options with { Generation = options.Generation with { Constraint = _form.Value } } : options;

    private static TaskRequest<TextAnswer> TextOf(UniMedTask task, string instruction) => new(task, instruction, false, static reply => new TextAnswer(reply));

    private static TaskRequest<LocateAnswer> Box(string text, bool isWholePrompt) => new(UniMedTask.Refer, text, isWholePrompt, static reply => new LocateAnswer(reply), () => AnswerConstraint.Box);

    private static TaskRequest<TaskAnswer> Typed(UniMedTask task, string text, bool isWholePrompt) => task == UniMedTask.Refer
        ? new(task, text, isWholePrompt, static reply => new LocateAnswer(reply), () => AnswerConstraint.Box)
        : new(task, text, isWholePrompt, static reply => new TextAnswer(reply));
}
