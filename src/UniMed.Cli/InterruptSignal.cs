using System.Runtime.InteropServices;

namespace UniMed.Cli;

/// <summary>
/// Ctrl+C, or the signal with which services and containers stop a process, as a cancellation: the first one asks the work to stop, the second one ends the process as usual. Work that
/// cannot be asked, such as opening a pipe that nobody writes to, is ended when a while has passed.
/// </summary>
internal sealed class InterruptSignal : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Timer _end = new(_ => Environment.Exit(ExitCode.Cancelled));

    public InterruptSignal() => _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel)];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _end.Dispose();
        _source.Dispose();
    }

    private void Cancel(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        _end.Change(Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }
}
