using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>a &gt; b; false where one is NaN.</summary>
internal readonly struct Greater : IComparison
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.GreaterThan(a, b);
}
