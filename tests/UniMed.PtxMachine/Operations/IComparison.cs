using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>A comparison, lane by lane: all bits where it holds.</summary>
internal interface IComparison
{
    /// <summary>Its result.</summary>
    static abstract Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}
