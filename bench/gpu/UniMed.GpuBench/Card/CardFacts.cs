using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Card;

/// <summary>What was measured on.</summary>
/// <param name="Device">Name that selected it.</param>
/// <param name="Name">As the driver names it.</param>
/// <param name="ComputeCapability">Such as 9.0.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="MemoryBytes">Memory.</param>
/// <param name="L2Bytes">Second-level cache.</param>
/// <param name="CudaVersion">Newest CUDA version the driver supports.</param>
/// <param name="State">Driver version and clocks before the first section.</param>
internal sealed record CardFacts(
    string Device, string Name, string ComputeCapability, int Multiprocessors, long MemoryBytes, long L2Bytes, string CudaVersion, CardState State)
{
    /// <summary>Reads them.</summary>
    public static CardFacts Of(ICudaDriver driver)
    {
        CudaDeviceProperties card = driver.Properties;
        return new CardFacts(
            driver.DeviceName,
            card.Name,
            $"{card.Major}.{card.Minor}",
            card.Multiprocessors,
            card.TotalBytes,
            card.L2CacheBytes,
            $"{card.DriverVersion / 1000}.{card.DriverVersion % 1000 / 10}",
            NvidiaSmi.Read(driver));
    }
}
