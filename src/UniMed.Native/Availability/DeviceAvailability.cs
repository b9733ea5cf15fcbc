namespace UniMed.Native;

/// <summary>Whether a device can be used here.</summary>
/// <param name="Name">The name that selects it.</param>
/// <param name="IsAvailable">True when <see cref="DeviceCatalog.Create"/> gives it.</param>
/// <param name="Detail">What it is; or why it is not available and what would make it so.</param>
public sealed record DeviceAvailability(string Name, bool IsAvailable, string Detail);
