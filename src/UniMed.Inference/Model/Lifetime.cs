namespace UniMed.Inference.Model;

/// <summary>Keeps something alive while it is used: disposal takes effect when the last user has left, and nobody can enter after it.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Lifetime(Type owner, Action release) : IDisposable
{
    private readonly Lock _lock = new();
    private int _users;
    private bool _disposed;

    /// <summary>Enters; dispose the result to leave.</summary>
    /// <exception cref="ObjectDisposedException">Disposed already.</exception>
    public LifetimeVisit Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, owner);
            _users++;
        }

        return new LifetimeVisit(this);
    }

    /// <summary>Releases at once, or when the last user leaves.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (_users > 0)
                return;
        }

        release();
    }

    /// <summary>Ends a visit; the last one of a disposed owner releases.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (--_users > 0 || !_disposed)
                return;
        }

        release();
    }

    /// <summary>Ends a visit unless that would release.</summary>
    public bool TryLeave()
    {
        lock (_lock)
        {
            if (_users == 1 && _disposed)
                return false;
            _users--;
            return true;
        }
    }
}
