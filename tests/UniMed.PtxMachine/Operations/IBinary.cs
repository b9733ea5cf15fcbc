using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>An operation of two whole numbers, lane by lane, of 32 or 64 bits.</summary>
internal interface IBinary
{
    /// <summary>Its result.</summary>
    static abstract Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}
