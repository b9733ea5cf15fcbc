using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>bfloat16.</summary>
internal readonly struct BFloat16 : IHalfFormat
{
    public static Vector512<float> Widen(Vector512<uint> halves) => HalfFormats.WidenB16(halves);
}
