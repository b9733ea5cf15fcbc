namespace UniMed.Native;

/// <summary>
/// A run of operations that is asked for again and again with other numbers in the same shapes, such as the decode step of a batch. A device that can record keeps what it
/// launched and plays it back as one piece of work; another one just runs the operations. Results are the same bits either way.
/// </summary>
/// <remarks>Used by one thread at a time; different steps of a device may run at once. Owns device memory: dispose it, before the device.</remarks>
public abstract class DeviceStep : DeviceObject
{
    /// <summary>Creates the base of a device's step.</summary>
    /// <param name="device">The device whose operations it runs.</param>
    protected DeviceStep(Device device)
        : base(device)
    {
    }

    /// <summary>
    /// Runs operations of the device that made the step. A recording device starts the work when they have all been asked for, so between them nothing may look at results:
    /// <see cref="Device.Upload"/> and <see cref="Device.Download"/> come before or after the step, and what <see cref="Device.Sample"/> chooses is there when the step has run.
    /// It may call the operations a second time before it starts the work.
    /// </summary>
    /// <typeparam name="TState">What the operations need.</typeparam>
    /// <param name="state">Passed on to the operations, so that they need no closure.</param>
    /// <param name="operations">Calls operations of the device, and nothing of another step.</param>
    /// <exception cref="InvalidOperationException">An operation that waits was called inside, or a step inside a step.</exception>
    /// <exception cref="ObjectDisposedException">The step or its device was disposed.</exception>
    public void Run<TState>(TState state, Action<TState> operations)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ObjectDisposedException.ThrowIf(Device.IsDisposed, Device);
        ArgumentNullException.ThrowIfNull(operations);
        RunCore(state, operations);
    }

    /// <summary>Runs operations; step and device are in use.</summary>
    /// <typeparam name="TState">What the operations need.</typeparam>
    /// <param name="state">Passed on to the operations.</param>
    /// <param name="operations">Calls operations of the device.</param>
    protected abstract void RunCore<TState>(TState state, Action<TState> operations);
}
