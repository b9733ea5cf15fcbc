using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>Difference.</summary>
internal readonly struct Difference : IFloatBinary
{
    public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a - b;
}
