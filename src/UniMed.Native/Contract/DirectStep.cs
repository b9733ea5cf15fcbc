namespace UniMed.Native;

/// <summary>The step of a device that does not record: operations run as they are called.</summary>
internal sealed class DirectStep(Device device) : DeviceStep(device)
{
    /// <inheritdoc/>
    protected override void RunCore<TState>(TState state, Action<TState> operations) => operations(state);
}
