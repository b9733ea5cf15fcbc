namespace UniMed.Native;

/// <summary>A device that this installation or machine does not have. The message says why and what would help.</summary>
/// <remarks>An <see cref="ArgumentException"/>, which is what opening a device that cannot be used throws.</remarks>
internal sealed class DeviceUnavailableException : ArgumentException
{
    public DeviceUnavailableException(string device, string reason, Exception? inner = null)
        : base($"Device '{device}' is not available: {reason}.", inner)
    {
        Device = device;
        Reason = reason;
    }

    /// <summary>Name of the device, such as cuda:1.</summary>
    public string Device { get; }

    /// <summary>Why, without a full stop.</summary>
    public string Reason { get; }
}
