namespace UniMed.Native.Cpu;

/// <summary>How the CPU device has weights fetched ahead that a single token reads once. Results do not depend on it, only the speed of decoding does.</summary>
public enum PrefetchHint
{
    /// <summary>Into every cache (prefetcht0). Never slow; what is used where the processor has not been measured.</summary>
    AllCaches,

    /// <summary>
    /// Past the caches (prefetchnta). AMD's Zen 5 decodes a fifth faster with it (f16); an Intel Xeon (Emerald Rapids) at half its speed, because Intel keeps such lines in a small part of the
    /// first-level cache and drops them before they are used.
    /// </summary>
    NonTemporal,
}
