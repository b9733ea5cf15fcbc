using System.Runtime.InteropServices;

namespace UniMed.Cli;

/// <summary>Ctrl+C as a cancellation: the first one asks the work to stop, the second one ends the process as usual.</summary>
internal sealed class InterruptSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _registration;

    public InterruptSignal() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        _source.Cancel();
    });

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
