namespace UniMed.Native.Cuda;

/// <summary>Blocks of a launch, threads of a block (along x), and what else the launch asks for.</summary>
/// <param name="GridX">Blocks along x, 1 to 2^31 - 1.</param>
/// <param name="BlockX">Threads of a block, 1 to 1024.</param>
/// <param name="GridY">Blocks along y, 1 to 65535.</param>
/// <param name="GridZ">Blocks along z, 1 to 65535.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="OverlapsPrevious">Programmatic dependent launch: the kernel may start before the one before it in the stream has ended, and waits for it itself. Ignored where the card cannot do it.</param>
internal readonly record struct CudaLaunchShape(int GridX, int BlockX, int GridY = 1, int GridZ = 1, int SharedBytes = 0, bool OverlapsPrevious = false)
{
    /// <summary>True when no card takes the grid or the block.</summary>
    public bool IsImpossible => GridX < 1 || GridY is < 1 or > 65535 || GridZ is < 1 or > 65535 || BlockX is < 1 or > 1024 || SharedBytes < 0;

    /// <inheritdoc/>
    public override string ToString() => $"grid {GridX} x {GridY} x {GridZ}, {BlockX} threads, {SharedBytes} bytes of shared memory";
}
