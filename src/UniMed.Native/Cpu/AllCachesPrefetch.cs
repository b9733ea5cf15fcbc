using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu;

/// <summary><see cref="PrefetchHint.AllCaches"/>.</summary>
internal readonly unsafe struct AllCachesPrefetch : IPrefetch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
