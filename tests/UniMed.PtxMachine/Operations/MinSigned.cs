using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>The smaller of two numbers of 32 bits with signs.</summary>
internal readonly struct MinSigned : IBinary
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Min(a.AsInt32(), b.AsInt32()).As<int, T>();
}
