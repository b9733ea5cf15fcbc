namespace UniMed.Inference;

/// <summary>
/// UniMed did not do what was asked, for a <see cref="Reason"/>. The message names the file, option or request, what was expected, what was found, and what to do. It may quote the caller's
/// texts and name files: it is for the caller, not for logs of others.
/// </summary>
/// <remarks>
/// All failures are of this family but these: <see cref="ArgumentException"/> for null and for buffers of the wrong size, <see cref="ObjectDisposedException"/> and
/// <see cref="InvalidOperationException"/> for calls at the wrong time, which are mistakes of the calling program; and <see cref="OperationCanceledException"/> for cancelled work.
/// </remarks>
public class UniMedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why; <see cref="UniMedFailure.Cancelled"/> is told with <see cref="OperationCanceledException"/> instead.</param>
    /// <param name="message">Complete sentences for the person who must act.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public UniMedException(UniMedFailure reason, string message, Exception? inner = null)
        : base(message, inner) => Reason = reason;

    /// <summary>Why: who can mend it, and whether asking again may help.</summary>
    public UniMedFailure Reason { get; }

    /// <summary>The reason of whatever a call of UniMed ended with, cancellation included.</summary>
    /// <param name="error">What was thrown.</param>
    /// <returns>The reason; null for an error that is none of UniMed's failures.</returns>
    public static UniMedFailure? ReasonOf(Exception? error) => error switch
    {
        UniMedException failure => failure.Reason,
        OperationCanceledException => UniMedFailure.Cancelled,
        _ => null,
    };

    /// <summary>What logs and traces may say of an error: its reason, or its type where it has none. Never its message.</summary>
    internal static string NameOf(Exception error) => ReasonOf(error)?.ToString() ?? error.GetType().Name;
}
