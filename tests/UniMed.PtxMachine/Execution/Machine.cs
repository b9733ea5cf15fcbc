using UniMed.PtxMachine.Memory;

namespace UniMed.PtxMachine.Execution;

/// <summary>Runs kernels on device memory, blocks on several threads. One launch at a time.</summary>
internal sealed class Machine : IDisposable
{
    private readonly DeviceMemory _memory;
    private readonly Block[] _blocks;

    /// <summary>Makes one.</summary>
    /// <param name="memory">Device memory.</param>
    /// <param name="threads">Threads that run blocks; with one, the first error is always the same.</param>
    public Machine(DeviceMemory memory, int threads)
    {
        _memory = memory;
        _blocks = [.. Enumerable.Range(0, threads).Select(_ => new Block(memory))];
    }

    /// <summary>Backward jumps of a warp in one block after which the kernel counts as endless.</summary>
    public int MaxJumps { get; set; } = int.MaxValue;

    /// <summary>What adds the products of <c>mma</c>.</summary>
    public TensorCore TensorCore { get; init; } = TensorCore.OneByOne;

    /// <summary>Runs a kernel to its end.</summary>
    /// <param name="program">The kernel.</param>
    /// <param name="shape">Grid and block.</param>
    /// <param name="parameters">All parameters, each where <see cref="Program.ParameterOffsets"/> says.</param>
    /// <exception cref="PtxFault">It does what no kernel must do.</exception>
    public void Run(Program program, LaunchShape shape, byte[] parameters)
    {
        if (shape.Threads > program.MaxThreads)
            throw new PtxFault($"kernel {program.Name}: {shape.Threads} threads in a block; it was compiled for {program.MaxThreads} (.maxntid)");
        int shared = program.Shared.Sum(piece => piece.Bytes) + shape.SharedBytes;
        int most = shape.AskedSharedBytes == 0 ? SharedMemory.MaxBytesUnasked : SharedMemory.MaxBytes;
        if (shared > most)
            throw new PtxFault($"kernel {program.Name}: {shared} bytes of shared memory, declared and of the launch together; a block has {most}{(shape.AskedSharedBytes == 0 ? " where nobody asked for more" : "")}");
        if (!shape.Dependent)
            _memory.Settle();
        uint fence = _memory.Fence;
        uint first = _memory.Begin(shape.Blocks);
        int threads = (int)Math.Min(_blocks.Length, shape.Blocks);
        long next = 0;
        var faults = new (long Block, PtxFault? Fault)[threads];
        if (threads == 1)
            Work(0);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, Work);
        if (faults.Where(found => found.Fault is not null).OrderBy(found => found.Block).FirstOrDefault().Fault is { } fault)
            throw fault;

        void Work(int thread)
        {
            Block block = _blocks[thread];
            block.Prepare(program, shape, parameters, this);
            while (true)
            {
                long number = Interlocked.Increment(ref next) - 1;
                if (number >= shape.Blocks)
                    return;
                try
                {
                    block.Run(number, first, fence);
                }
                catch (PtxFault fault)
                {
                    faults[thread] = (number, fault);
                    Interlocked.Add(ref next, shape.Blocks);
                    return;
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (Block block in _blocks)
            block.Dispose();
    }
}
