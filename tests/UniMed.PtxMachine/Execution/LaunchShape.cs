namespace UniMed.PtxMachine.Execution;

/// <summary>A grid of blocks.</summary>
/// <param name="X">Blocks along x.</param>
/// <param name="Y">Blocks along y.</param>
/// <param name="Z">Blocks along z.</param>
/// <param name="Threads">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="AskedSharedBytes">Dynamic shared memory that the kernel was prepared for; 0 if nobody asked.</param>
/// <param name="Dependent">Whether it may start before the kernels before it have ended.</param>
internal readonly record struct LaunchShape(int X, int Y, int Z, int Threads, int SharedBytes, int AskedSharedBytes, bool Dependent)
{
    /// <summary>Blocks in all.</summary>
    public long Blocks => (long)X * Y * Z;
}
