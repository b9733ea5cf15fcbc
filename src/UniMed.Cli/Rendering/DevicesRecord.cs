using UniMed.Native;

namespace UniMed.Cli.Rendering;

/// <summary>All devices of this build.</summary>
/// <param name="Devices">Each with what it is, or why it is not there.</param>
/// <param name="Auto">What --device auto takes, and what it passes over.</param>
internal sealed record DevicesRecord(IReadOnlyList<DeviceAvailability> Devices, DeviceChoice Auto);
