using UniMed.Bench;
using UniMed.GpuBench.Reporting;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>What a copy inside the card's memory reaches: the yardstick of all shares.</summary>
internal static class CopyBandwidth
{
    /// <summary>Copies and counts each byte twice, since it is read and written.</summary>
    public static BandwidthRow Measure(ICudaDriver driver, long bytes, int repeat)
    {
        using var clock = new StreamClock(driver, repeat);
        DevicePointer from = driver.Allocate(bytes);
        try
        {
            DevicePointer to = driver.Allocate(bytes);
            try
            {
                driver.Fill(from, 0x5A, bytes, clock.Stream);
                Spread copy = clock.Time(() => { }, () => driver.CopyOnDevice(to, from, bytes, clock.Stream));
                Spread empty = clock.Time(() => driver.CopyOnDevice(to, from, bytes / 8, clock.Stream), () => { });
                return new BandwidthRow(bytes, new Spread(Rate(copy.Median), Rate(copy.Highest), Rate(copy.Lowest), copy.Count), empty);
            }
            finally
            {
                driver.Free(to);
            }
        }
        finally
        {
            driver.Free(from);
        }

        double Rate(double microseconds) => 2 * bytes / microseconds / 1e3;
    }
}
