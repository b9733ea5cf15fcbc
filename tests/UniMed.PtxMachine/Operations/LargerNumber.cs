using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>The larger one; of a number and NaN the number.</summary>
internal readonly struct LargerNumber : IFloatBinary
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.MaxNumber(a, b);
}
