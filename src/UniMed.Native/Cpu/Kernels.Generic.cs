using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>The kernels, compiled for one vector.</summary>
internal sealed unsafe partial class Kernels<TLanes, TVec> : Kernels
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    public override int VectorBits => TLanes.Width * 32;
}
