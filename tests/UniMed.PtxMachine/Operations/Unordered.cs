using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>One is NaN.</summary>
internal readonly struct Unordered : IComparison
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => ~(Vector512.Equals(a, a) & Vector512.Equals(b, b));
}
