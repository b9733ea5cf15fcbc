namespace UniMed.Bench;

/// <summary>What a measurement found, and on what.</summary>
/// <param name="Model">Shape or folder.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="DeviceDetail">What it is.</param>
/// <param name="Threads">Threads of device cpu; processors of this machine where nobody chose.</param>
/// <param name="System">Operating system and runtime.</param>
/// <param name="Version">Version of UniMed, with its revision.</param>
/// <param name="Date">UTC.</param>
/// <param name="PromptTokens">Positions of a prompt, visual tokens included.</param>
/// <param name="NewTokens">Tokens generated after it.</param>
/// <param name="Images">Images of a request.</param>
/// <param name="Repeat">Answers measured after the warm-up.</param>
/// <param name="BandwidthKind">How bandwidth was measured.</param>
/// <param name="BandwidthGigabytes">10^9 bytes a second.</param>
/// <param name="PeakGigaflops">10^9 operations a second of fused multiply-adds; absent for a device that is not this machine's processor.</param>
/// <param name="Rows">Loads, in the order measured.</param>
/// <param name="PeakMemoryBytes">Most memory of the process.</param>
public sealed record BenchRecord(
    string Model,
    string Device,
    string DeviceDetail,
    int Threads,
    string System,
    string Version,
    DateTime Date,
    int PromptTokens,
    int NewTokens,
    int Images,
    int Repeat,
    string BandwidthKind,
    Spread BandwidthGigabytes,
    Spread? PeakGigaflops,
    IReadOnlyList<BenchRow> Rows,
    long PeakMemoryBytes);
