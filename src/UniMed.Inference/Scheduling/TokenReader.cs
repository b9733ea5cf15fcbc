using System.Threading.Channels;

namespace UniMed.Inference.Scheduling;

/// <summary>Reads the tokens of one answer, and says whether it came to their end.</summary>
/// <param name="tokens">The tokens.</param>
/// <param name="result">Thrown at the end when it failed.</param>
/// <param name="leave">Called once, with whether the end was reached.</param>
/// <param name="cancellationToken">Ends the reading.</param>
internal sealed class TokenReader<T>(ChannelReader<GeneratedToken> tokens, Task<T> result, Action<bool> leave, CancellationToken cancellationToken) : IAsyncEnumerator<GeneratedToken>
{
    private GeneratedToken? _current;
    private bool _isEnded;
    private int _hasLeft;

    /// <inheritdoc/>
    public GeneratedToken Current => _current ?? throw new InvalidOperationException("There is no token yet. Call MoveNextAsync first.");

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        while (!_isEnded && await tokens.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (tokens.TryRead(out _current))
                return true;
        }

        _isEnded = true;
        await result.ConfigureAwait(false);
        return false;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            leave(_isEnded);
        return ValueTask.CompletedTask;
    }
}
