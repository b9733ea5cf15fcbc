using UniMed.Native.Cpu;

namespace UniMed.Native.Tests.Devices;

/// <summary>The SIMD device: fp32 sums, and the same bits whether a prompt comes at once or token by token.</summary>
public sealed class CpuFixture : IDeviceFixture
{
    /// <summary>Three threads, whatever the machine has: more than one, and no power of two.</summary>
    public IDevice Device { get; } = new CpuDevice(new CpuDeviceOptions { Threads = 3 });

    /// <summary>3 units of fp32: quantized weights are multiplied out exactly, and exp and GELU are polynomials in fp32, where the reference's are in double precision.</summary>
    public double Tolerance => 3 * Math.Pow(2, -23);

    public double DecodeTolerance => 0;

    public void Dispose() => Device.Dispose();
}
