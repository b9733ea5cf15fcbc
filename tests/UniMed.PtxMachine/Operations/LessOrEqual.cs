using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>a &lt;= b; false where one is NaN.</summary>
internal readonly struct LessOrEqual : IComparison
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.LessThanOrEqual(a, b);
}
