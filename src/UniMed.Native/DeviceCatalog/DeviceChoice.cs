namespace UniMed.Native;

/// <summary>Which device runs a model, and what was passed over for it.</summary>
/// <param name="Name">The device's name, as <see cref="DeviceCatalog.List"/> gives it.</param>
/// <param name="IsAutomatic">True when <see cref="DeviceCatalog.Auto"/> chose it; false when it was named.</param>
/// <param name="PassedOver">Better devices that are not there, best first, each with the reason; empty for a device that was named.</param>
public sealed record DeviceChoice(string Name, bool IsAutomatic, IReadOnlyList<DeviceAvailability> PassedOver)
{
    /// <summary>The choice in a sentence, for a log.</summary>
    public override string ToString() =>
        !IsAutomatic ? $"Device {Name}, as asked for."
        : PassedOver.Count == 0 ? $"Device {Name}, chosen by {DeviceCatalog.Auto}: the best there is."
        : $"Device {Name}, chosen by {DeviceCatalog.Auto}: {string.Join("; ", PassedOver.Select(device => $"no {device.Name}: {device.Detail}"))}.";
}
