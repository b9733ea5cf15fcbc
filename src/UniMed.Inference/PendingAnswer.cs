using System.Runtime.CompilerServices;
using System.Threading.Channels;
using UniMed.Inference.Generation;

namespace UniMed.Inference;

/// <summary>
/// An answer that is being made. <c>await</c> it for the whole result; <c>await foreach</c> over it for the tokens as they are chosen; or both. Work has begun when the call returns
/// it, whether or not anyone waits.
/// </summary>
/// <typeparam name="T">Type of the result.</typeparam>
/// <remarks>Awaiting is thread-safe and may happen many times. Tokens are given once: enumerate them from one place.</remarks>
public sealed class PendingAnswer<T> : IAsyncEnumerable<GeneratedToken>
{
    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task<T> _result;

    // The token does not go to Task.Run: work that never began could not end the enumeration.
    internal PendingAnswer(Func<Action<GeneratedToken>, Task<T>> work, CancellationToken cancellationToken) =>
        _result = Task.Run(() => RunAsync(work, cancellationToken), CancellationToken.None);

    /// <summary>An answer that somebody else makes: the work begins here and now, and waits for it.</summary>
    internal PendingAnswer(Func<Action<GeneratedToken>, Task<T>> begun) => _result = RunAsync(begun, CancellationToken.None);

    /// <summary>Makes the answer awaitable.</summary>
    public TaskAwaiter<T> GetAwaiter() => _result.GetAwaiter();

    /// <summary>The answer as a task.</summary>
    public Task<T> AsTask() => _result;

    /// <summary>Tokens as they are chosen, the end token included; ends by throwing what the answer failed with.</summary>
    /// <param name="cancellationToken">Stops the enumeration, not the work: cancel that with the token given to the call.</param>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (GeneratedToken token in _tokens.Reader.ReadAllAsync(cancellationToken))
            yield return token;
        await _result;
    }

    private async Task<T> RunAsync(Func<Action<GeneratedToken>, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return await work(token => _tokens.Writer.TryWrite(token));
        }
        finally
        {
            _tokens.Writer.TryComplete();
        }
    }
}
