namespace UniMed.Native;

/// <summary>Devices of one kind: how they are named, found and opened.</summary>
/// <param name="AutoName">The one of them that <see cref="DeviceCatalog.Auto"/> may take; null for none.</param>
/// <param name="List">All of them, available or not.</param>
/// <param name="IsName">True for names of this kind, whether there is such a device or not.</param>
/// <param name="Describe">What a device is, or why it is not there.</param>
/// <param name="Open">Opens a device that is available.</param>
internal sealed record DeviceFamily(
    string? AutoName,
    Func<IReadOnlyList<DeviceAvailability>> List,
    Func<string, bool> IsName,
    Func<string, DeviceAvailability> Describe,
    Func<string, Device> Open)
{
    /// <summary>A kind that has one device.</summary>
    public static DeviceFamily Single(string name, Func<DeviceAvailability> describe, Func<Device> open) =>
        new(name, () => [describe()], given => given == name, _ => describe(), _ => open());
}
