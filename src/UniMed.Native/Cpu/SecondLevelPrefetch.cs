using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu;

/// <summary>
/// Into the second-level cache (prefetcht1): for what is used after the current panel, which fills the first.
/// </summary>
internal static unsafe class SecondLevelPrefetch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }
}
