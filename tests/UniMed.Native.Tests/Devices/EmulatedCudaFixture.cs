using UniMed.Native.Cuda;

namespace UniMed.Native.Tests.Devices;

/// <summary>The CUDA kernels on the CPU: 16-bit operands, fp32 sums, and the same bits whether a prompt comes at once or token by token.</summary>
public sealed class EmulatedCudaFixture : IDeviceFixture
{
    public Device Device { get; } = Open();

    /// <summary>Weights and activations are each rounded to bfloat16 (8 bits) in the worst case; binary16 has eight times less.</summary>
    public double Tolerance => 2 * Math.Pow(2, -8);

    public double DecodeTolerance => 0;

    /// <summary>A draw is a block of 512 threads, which run one after the other from barrier to barrier.</summary>
    public int Draws => 2000;

    public Device OpenAnother() => Open();

    public void Dispose() => Device.Dispose();

    private static CudaDevice Open() => new(CudaDevices.Open("cuda-emulated"));
}
