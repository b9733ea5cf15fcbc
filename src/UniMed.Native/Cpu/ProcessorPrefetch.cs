using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu;

/// <summary>Which <see cref="PrefetchHint"/> the processor is given, by its maker and family: memory behind a shared cache cannot be measured in the milliseconds that a start may take.</summary>
internal static class ProcessorPrefetch
{
    /// <summary>Family 1Ah: Zen 5.</summary>
    private const int FirstNonTemporalFamily = 0x1A;

    /// <summary>The hint for the processor this runs on.</summary>
    public static PrefetchHint Hint { get; } = Measured(Vendor, Family);

    /// <summary>The hint for a processor: what was measured to be faster on it, and what is never slow on others.</summary>
    /// <param name="vendor">CPUID's twelve characters; empty where there is no CPUID.</param>
    /// <param name="family">CPUID's family, the extended one added.</param>
    public static PrefetchHint Measured(string vendor, int family) =>
        vendor == "AuthenticAMD" && family >= FirstNonTemporalFamily ? PrefetchHint.NonTemporal : PrefetchHint.AllCaches;

    /// <summary>A hint in a few words, as instructions are named.</summary>
    public static string Describe(PrefetchHint hint) => hint == PrefetchHint.NonTemporal ? "prefetchnta" : "prefetcht0";

    private static string Vendor
    {
        get
        {
            if (!X86Base.IsSupported)
                return string.Empty;
            (_, int first, int third, int second) = X86Base.CpuId(0, 0);
            ReadOnlySpan<int> characters = [first, second, third];
            return System.Text.Encoding.ASCII.GetString(MemoryMarshal.AsBytes(characters));
        }
    }

    private static int Family
    {
        get
        {
            if (!X86Base.IsSupported)
                return 0;
            int signature = X86Base.CpuId(1, 0).Eax;
            int family = (signature >> 8) & 15;
            return family < 15 ? family : family + ((signature >> 20) & 255);
        }
    }
}
