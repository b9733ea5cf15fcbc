using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>A format of 16 bits.</summary>
internal interface IHalfFormat
{
    /// <summary>fp32 of numbers in the lower half of lanes.</summary>
    static abstract Vector512<float> Widen(Vector512<uint> halves);
}
