using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>binary16.</summary>
internal readonly struct Binary16 : IHalfFormat
{
    public static Vector512<float> Widen(Vector512<uint> halves) => HalfFormats.Widen16(halves);
}
