namespace UniMed.Inference.Scheduling;

/// <summary>Work for several requests: cancelled when all of them are, or when the engine stops.</summary>
internal sealed class CommonCancellation : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration[] _registrations;
    private int _left;

    public CommonCancellation(IReadOnlyList<EngineJob> requests, CancellationToken stop)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _left = requests.Count;
        _registrations = new CancellationTokenRegistration[requests.Count];
        for (int i = 0; i < _registrations.Length; i++)
            _registrations[i] = requests[i].Cancellation.Register(Leave);
    }

    /// <summary>For the work.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (CancellationTokenRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _source.Cancel();
    }
}
