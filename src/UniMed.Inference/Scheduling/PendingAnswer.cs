using System.Runtime.CompilerServices;
using System.Threading.Channels;
using UniMed.Inference.Scheduling;

namespace UniMed.Inference;

/// <summary>
/// An answer that is being made. <c>await</c> it for the whole result; <c>await foreach</c> over it for the tokens as they are chosen; or both. Work has begun when the call returns
/// it, whether or not anyone waits.
/// </summary>
/// <typeparam name="T">Type of the result.</typeparam>
/// <remarks>
/// <para>Awaiting is thread-safe and may happen many times. Tokens are given once: enumerate them from one place.</para>
/// <para>
/// Whoever leaves the tokens before their end (<c>break</c>, an exception in the loop, the enumerator's disposal, its cancelled token) stops the work within a step of the model, unless someone
/// has asked for the whole result by then, with <c>await</c> or <see cref="AsTask"/>: then it goes on for them. Awaiting an answer that was left throws <see cref="OperationCanceledException"/>.
/// </para>
/// <para>Nothing inside comes back to the caller's SynchronizationContext or TaskScheduler, so a thread may block on the result.</para>
/// </remarks>
public sealed class PendingAnswer<T> : IAsyncEnumerable<GeneratedToken>
{
    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true });
    private readonly AnswerCancellation _cancellation;
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isWanted;
    private int _isRead;

    /// <summary>Begins here and now.</summary>
    /// <param name="answer">Waits for the answer, given what takes its tokens.</param>
    /// <param name="cancellation">Why it may be stopped.</param>
    internal PendingAnswer(Func<Action<GeneratedToken>, Task<T>> answer, AnswerCancellation cancellation)
    {
        _cancellation = cancellation;
        // It ends on the scheduler's thread, which wakes those who block on the result and leaves what follows an await to others.
        RunAsync(answer).ContinueWith(
            static (ended, result) => ((TaskCompletionSource<T>)result!).SetFromTask(ended), _result, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Makes the answer awaitable.</summary>
    public TaskAwaiter<T> GetAwaiter() => AsTask().GetAwaiter();

    /// <summary>The answer as a task.</summary>
    public Task<T> AsTask()
    {
        Volatile.Write(ref _isWanted, 1);
        return _result.Task;
    }

    /// <summary>Tokens as they are chosen, the end token included; ends by throwing what the answer failed with.</summary>
    /// <param name="cancellationToken">Ends the enumeration, and with it the work when nobody has asked for the whole result.</param>
    /// <exception cref="InvalidOperationException">The tokens are being enumerated already.</exception>
    public IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        Interlocked.Exchange(ref _isRead, 1) == 0
            ? new TokenReader<T>(_tokens.Reader, _result.Task, Leave, cancellationToken)
            : throw new InvalidOperationException("The tokens of this answer are being enumerated already. They are given once: enumerate them from one place, and await the answer in others.");

    private void Leave(bool isEnded)
    {
        Volatile.Write(ref _isRead, 0);
        if (isEnded || Volatile.Read(ref _isWanted) != 0)
            return;
        _cancellation.Cancel();
        // Nobody looks at what it ends with.
        _ = _result.Task.ContinueWith(static left => left.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task<T> RunAsync(Func<Action<GeneratedToken>, Task<T>> answer)
    {
        try
        {
            return await answer(token => _tokens.Writer.TryWrite(token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (_cancellation.CallersToken.IsCancellationRequested && error.CancellationToken != _cancellation.CallersToken)
        {
            throw new OperationCanceledException(error.Message, error, _cancellation.CallersToken);
        }
        finally
        {
            _tokens.Writer.TryComplete();
            _cancellation.End();
        }
    }
}
