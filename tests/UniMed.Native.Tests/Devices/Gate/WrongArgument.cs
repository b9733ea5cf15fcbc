namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>Something that must be refused.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Exception">The exact type of exception, the same on every device.</param>
/// <param name="Make">Makes it on the device under test.</param>
internal sealed record WrongArgument(string Name, Type Exception, Func<GateBench, object?> Make);
