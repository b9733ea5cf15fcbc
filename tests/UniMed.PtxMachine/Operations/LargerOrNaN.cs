using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>The larger one; NaN where one is.</summary>
internal readonly struct LargerOrNaN : IFloatBinary
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Max(a, b);
}
