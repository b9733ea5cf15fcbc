namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>For GPUs: eight warps of 32, or four wavefronts of 64. Wide linear tiles are 64 rows x 64 tokens x 32 columns.</summary>
internal readonly struct GpuShape : IGroupShape
{
    public int Threads => 256;

    public int NarrowLanes => 32;

    public int MaxNarrowTokens => 8;

    public int WideRowThreads => 16;

    public int WideStageBlocks => 1;

    public Row4 SumSlice<TWords>(LinearArguments a, int expert, int tile, int row, int slice, int firstToken)
        where TWords : unmanaged, IWeightWords => LinearKernels.SumSlice<TWords>(a, expert, tile, row, slice, firstToken);
}
