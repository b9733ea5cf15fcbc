using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>The smaller of two numbers without signs.</summary>
internal readonly struct Min : IBinary
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Min(a, b);
}
