using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>The larger of two numbers without signs.</summary>
internal readonly struct Max : IBinary
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Max(a, b);
}
