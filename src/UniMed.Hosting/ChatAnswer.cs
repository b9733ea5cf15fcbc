using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>An answer of any task that is being made.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="WholeAsync">Asks for the whole answer.</param>
internal sealed record ChatAnswer(IAsyncEnumerable<GeneratedToken> Tokens, Func<Task<TaskAnswer>> WholeAsync)
{
    /// <summary>An answer whatever its type.</summary>
    public static ChatAnswer Of<TAnswer>(PendingAnswer<TAnswer> pending)
        where TAnswer : TaskAnswer => new(pending, async () => await pending.AsTask().ConfigureAwait(false));
}
