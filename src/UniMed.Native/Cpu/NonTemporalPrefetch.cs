using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu;

/// <summary><see cref="PrefetchHint.NonTemporal"/>.</summary>
internal readonly unsafe struct NonTemporalPrefetch : IPrefetch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported)
            Sse.PrefetchNonTemporal(address);
    }
}
