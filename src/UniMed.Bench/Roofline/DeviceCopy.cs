using System.Diagnostics;
using UniMed.Native;

namespace UniMed.Bench.Roofline;

/// <summary>What a copy inside a device's memory reaches: the yardstick where memory is the device's own.</summary>
internal static class DeviceCopy
{
    private const int Rounds = 5;
    private const int Copies = 8;
    private const int Columns = 4096;

    /// <summary>10^9 bytes a second, read and written.</summary>
    /// <param name="device">The device.</param>
    /// <param name="bytes">Bytes of a copy; far more than its caches.</param>
    public static Spread Gigabytes(Device device, long bytes)
    {
        int rows = (int)Math.Max(1, bytes / (Columns * sizeof(float)));
        using DeviceBuffer from = device.Allocate((long)rows * Columns);
        using DeviceBuffer to = device.Allocate((long)rows * Columns);
        var row = new float[Columns];
        var rates = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            for (int copy = 0; copy < Copies; copy++)
                device.Copy(from.AsTensor(rows, Columns), to.AsTensor(rows, Columns));
            // Copies may run after their calls return; reading waits for them.
            device.Download(to.AsTensor(rows, Columns).Slice(0, 1), row);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (round > 0)
                rates.Add(2.0 * Copies * rows * Columns * sizeof(float) / seconds / 1e9);
        }

        return Spread.Of(rates);
    }
}
