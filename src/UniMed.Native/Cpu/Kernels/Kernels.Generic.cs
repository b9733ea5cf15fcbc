using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>The kernels, compiled for one vector.</summary>
/// <param name="prefetch">How weights are fetched ahead that one token reads; results do not depend on it.</param>
internal sealed unsafe partial class Kernels<TLanes, TVec>(PrefetchHint prefetch) : Kernels
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    public override int VectorBits => TLanes.Width * 32;

    public override PrefetchHint Prefetch => prefetch;
}
