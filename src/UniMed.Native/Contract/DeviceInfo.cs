namespace UniMed.Native;

/// <summary>What a device is, for people and logs.</summary>
/// <param name="Kind">Implementation.</param>
/// <param name="Name">The name that selects it, as in <c>--device reference</c>.</param>
/// <param name="Description">Hardware and numeric type in a sentence.</param>
public sealed record DeviceInfo(DeviceKind Kind, string Name, string Description);
