namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>For tests on ILGPU's CPU accelerator: two threads, so that barriers and shared memory mean something.</summary>
internal readonly struct PairShape : IGroupShape
{
    public int Threads => 2;

    public int NarrowLanes => 1;

    public int MaxNarrowTokens => 8;

    public int WideRowThreads => 2;

    public int WideStageBlocks => 8;
}
