namespace UniMed.Inference.Model;

/// <summary>One use of what a <see cref="Lifetime"/> keeps alive. It ends once, however often it is ended.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class LifetimeVisit(Lifetime lifetime) : IDisposable
{
    private Lifetime? _lifetime = lifetime;

    /// <summary>Ends it, unless that would release what it keeps alive.</summary>
    /// <returns>False when it has not ended, since it is the last one and the owner is disposed: <see cref="Dispose"/> releases then, on the caller's thread.</returns>
    public bool TryLeave()
    {
        if (Interlocked.Exchange(ref _lifetime, null) is not { } visited || visited.TryLeave())
            return true;
        Volatile.Write(ref _lifetime, visited);
        return false;
    }

    /// <summary>Ends it. The last one of a disposed owner releases.</summary>
    public void Dispose() => Interlocked.Exchange(ref _lifetime, null)?.Leave();
}
