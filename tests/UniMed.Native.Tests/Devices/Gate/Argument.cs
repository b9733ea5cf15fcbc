namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>An argument of an operation: how to make a good one on a device, and everything that is wrong with others.</summary>
/// <param name="Name">The parameter's name.</param>
/// <param name="Good">Makes a good value; what it allocates is given to the bench.</param>
/// <param name="Wrong">What may not stand in its place.</param>
internal sealed record Argument(string Name, Func<GateBench, Device, object?> Good, params WrongArgument[] Wrong);
