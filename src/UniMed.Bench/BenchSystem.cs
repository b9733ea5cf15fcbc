using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace UniMed.Bench;

/// <summary>What a measurement ran on.</summary>
internal static class BenchSystem
{
    /// <summary>Operating system and runtime.</summary>
    public static string Description => $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>Version of UniMed, with its revision.</summary>
    public static string Version => typeof(BenchSystem).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Most memory the process had so far.</summary>
    public static long PeakMemoryBytes
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }
}
