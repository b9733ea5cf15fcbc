namespace UniMed.Native.Tests.Devices;

/// <summary>
/// What every device must do, an operation or a subject a file. A device is added by its fixture and a line in DeviceSuites.cs. <see cref="SamplingDeviceSuite{TFixture}"/> adds the choice of tokens.
/// </summary>
/// <typeparam name="TFixture">The device.</typeparam>
public abstract partial class DeviceSuite<TFixture>(TFixture fixture) : DeviceTests<TFixture>(fixture)
    where TFixture : class, IDeviceFixture;
