using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>Not a = b; true where one is NaN.</summary>
internal readonly struct NotEqual : IComparison
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => ~Vector512.Equals(a, b);
}
