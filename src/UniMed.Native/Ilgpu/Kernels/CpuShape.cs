namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>For ILGPU's CPU accelerator: two threads, so that barriers and shared memory still mean something, and long stages, so that barriers are few.</summary>
internal readonly struct CpuShape : IGroupShape
{
    public int Threads => 2;

    public int NarrowLanes => 1;

    public int WideRowThreads => 2;

    public int WideStageBlocks => 8;
}
