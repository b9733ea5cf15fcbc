using UniMed.Native;

namespace UniMed.Cli.Rendering;

/// <summary>All devices of this build.</summary>
internal sealed record DevicesRecord(IReadOnlyList<DeviceAvailability> Devices);
