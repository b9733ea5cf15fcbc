using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>An operation of two floating-point numbers, lane by lane, rounded to nearest.</summary>
internal interface IFloatBinary
{
    /// <summary>Its result.</summary>
    static abstract Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}
