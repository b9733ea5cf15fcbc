using UniMed.Native.Reference;

namespace UniMed.Native.Tests.Devices;

/// <summary>The reference device: fp32 sums, and the same bits whether a prompt comes at once or token by token.</summary>
public sealed class ReferenceFixture : IDeviceFixture
{
    public Device Device { get; } = new ReferenceDevice();

    /// <summary>2 units of fp32.</summary>
    public double Tolerance => 2 * Math.Pow(2, -23);

    public double DecodeTolerance => 0;

    public Device OpenAnother() => new ReferenceDevice();

    public void Dispose() => Device.Dispose();
}
