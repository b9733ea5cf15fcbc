namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// How a group's threads share its work. Kernels are compiled once for each implementation, so these numbers are constants in them: a GPU wants hundreds of threads, ILGPU's CPU
/// accelerator runs each as a thread of the operating system. No result depends on them: what is summed together, and in which order, is fixed elsewhere.
/// </summary>
internal interface IGroupShape
{
    /// <summary>Threads of a group.</summary>
    int Threads { get; }

    /// <summary>Narrow linear: threads that stand side by side on the rows of a tile; divides <see cref="Threads"/> and 32. The others stand on slices of K.</summary>
    int NarrowLanes { get; }

    /// <summary>At most so many tokens go to the narrow linear kernel.</summary>
    int MaxNarrowTokens { get; }

    /// <summary>Wide linear: threads along the rows of W, four rows each; divides <see cref="Threads"/>. The others stand on tokens, four each.</summary>
    int WideRowThreads { get; }

    /// <summary>Wide linear: blocks of 32 columns that are staged in shared memory at a time.</summary>
    int WideStageBlocks { get; }

    /// <summary>Narrow linear: a row of W times four tokens over one slice of K, in the order of its columns.</summary>
    /// <typeparam name="TWords">How the numbers of W lie.</typeparam>
    /// <param name="a">The product.</param>
    /// <param name="expert">Which of its matrices.</param>
    /// <param name="tile">Which 32 rows.</param>
    /// <param name="row">Which of them.</param>
    /// <param name="slice">Which of the eight slices.</param>
    /// <param name="firstToken">The first of four tokens. Those past the end get the last one's sums.</param>
    Row4 SumSlice<TWords>(LinearArguments a, int expert, int tile, int row, int slice, int firstToken)
        where TWords : unmanaged, IWeightWords;
}
