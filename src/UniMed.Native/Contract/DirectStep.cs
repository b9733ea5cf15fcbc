namespace UniMed.Native;

/// <summary>The step of a device that does not record: operations run as they are called.</summary>
internal sealed class DirectStep : DeviceStep
{
    private bool _disposed;

    /// <inheritdoc/>
    public override void Run<TState>(TState state, Action<TState> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        ObjectDisposedException.ThrowIf(_disposed, this);
        operations(state);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _disposed = true;
}
