using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>Bitwise.</summary>
internal readonly struct Or : IBinary
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a | b;
}
