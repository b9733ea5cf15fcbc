using System.ComponentModel;
using System.Diagnostics;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Card;

/// <summary>Asks nvidia-smi, which comes with the driver, for what the driver API does not tell.</summary>
internal static class NvidiaSmi
{
    private const int PatienceMilliseconds = 20_000;

    // One name that a version of nvidia-smi does not know would cost all answers: only those that have been there for long.
    private static readonly string[] Questions =
    [
        "driver_version", "clocks.sm", "clocks.mem", "clocks.max.sm", "clocks.max.mem", "power.draw", "power.limit", "temperature.gpu", "ecc.mode.current",
        "persistence_mode",
    ];

    /// <summary>Clocks and limits now; no facts for the emulation, or where nvidia-smi does not answer.</summary>
    public static CardState Read(ICudaDriver driver)
    {
        string? bus = driver.BringsKernels ? null : PciBus.Of(driver.Properties.Ordinal);
        return new CardState(DateTime.UtcNow, bus is null ? new Dictionary<string, string>() : Ask(bus));
    }

    /// <summary>Names and values of one line of nvidia-smi's answer, which is separated by commas.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string line)
    {
        string[] values = line.Split(',', StringSplitOptions.TrimEntries);
        return values.Length == Questions.Length ? Questions.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second) : new Dictionary<string, string>();
    }

    private static IReadOnlyDictionary<string, string> Ask(string bus)
    {
        var start = new ProcessStartInfo("nvidia-smi") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-i");
        start.ArgumentList.Add(bus);
        start.ArgumentList.Add("--query-gpu=" + string.Join(',', Questions));
        start.ArgumentList.Add("--format=csv,noheader");
        try
        {
            using Process process = Process.Start(start)!;
            _ = process.StandardError.ReadToEndAsync();
            Task<string> answer = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(PatienceMilliseconds) && process.ExitCode == 0)
                return Parse(answer.Result.Trim());
            if (!process.HasExited)
                process.Kill();
        }
        catch (Win32Exception)
        {
            // It is not installed: the report goes without clocks.
        }

        return new Dictionary<string, string>();
    }
}
