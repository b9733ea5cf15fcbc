namespace UniMed.Inference.Scheduling;

/// <summary>Why an answer may be stopped: its caller's token, or nobody waiting for it any more.</summary>
/// <remarks>Thread-safe. It never needs disposal, but <see cref="End"/> lets the caller's token go, which may live as long as the process.</remarks>
#pragma warning disable CA1001 // A source without a timer, a wait handle or a link to another one has nothing to dispose, and whoever leaves late may still cancel it.
internal sealed class AnswerCancellation
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _registration;

    /// <summary>Begins to listen to the caller's token.</summary>
    public AnswerCancellation(CancellationToken callersToken)
    {
        CallersToken = callersToken;
        _registration = callersToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>The token given to the call.</summary>
    public CancellationToken CallersToken { get; }

    /// <summary>For the work.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Stops the work: nobody waits for it.</summary>
    public void Cancel() => _source.Cancel();

    /// <summary>The work has ended.</summary>
    public void End() => _registration.Unregister();
}
