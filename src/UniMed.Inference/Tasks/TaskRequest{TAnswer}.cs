using UniMed.Inference.Tasks;

namespace UniMed.Inference;

/// <summary>A request whose answers are of one type. The methods of <see cref="TaskRequest"/> make one.</summary>
/// <typeparam name="TAnswer">Type of its answers.</typeparam>
/// <inheritdoc cref="TaskRequest" path="/remarks"/>
public sealed class TaskRequest<TAnswer> : TaskRequest
    where TAnswer : TaskAnswer
{
    private readonly Func<Reply, TAnswer> _read;

    /// <summary>Describes a request.</summary>
    /// <param name="task">The task whose token routes the images.</param>
    /// <param name="text">The instruction, or the whole prompt.</param>
    /// <param name="isWholePrompt">Which of them.</param>
    /// <param name="read">Reads what came back.</param>
    /// <param name="form">What the task's answers are held to when the caller asks for it; null for any text.</param>
    /// <param name="labels">Labels to score as whole answers; null for none.</param>
    internal TaskRequest(UniMedTask task, string text, bool isWholePrompt, Func<Reply, TAnswer> read, Func<AnswerConstraint>? form = null, IReadOnlyList<string>? labels = null)
        : base(task, text, isWholePrompt, form, labels ?? []) => _read = read;

    /// <summary>The answer that came back.</summary>
    internal TAnswer Read(Reply reply) => _read(reply);
}
