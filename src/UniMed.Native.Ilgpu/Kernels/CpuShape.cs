namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>For ILGPU's CPU accelerator: groups of one thread, since it waits long at every barrier, side by side on all processors. Staging in shared memory would only be copying, so every product takes the narrow kernel.</summary>
internal readonly struct CpuShape : IGroupShape
{
    public int Threads => 1;

    public int NarrowLanes => 1;

    public int MaxNarrowTokens => int.MaxValue;

    public int WideRowThreads => 1;

    public int WideStageBlocks => 8;

    public Row4 SumSlice<TWords>(LinearArguments a, int expert, int tile, int row, int slice, int firstToken)
        where TWords : unmanaged, IWeightWords => SpanSlice.Sum<TWords>(a, expert, tile, row, slice, firstToken);
}
