using UniMed.Bench.Synthetic;

namespace UniMed.GpuBench;

/// <summary>What a run does.</summary>
internal sealed record BenchSettings
{
    /// <summary>cuda, cuda:N or cuda-emulated.</summary>
    public required string Device { get; init; }

    /// <summary>Most time of the run; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public required TimeSpan Limit { get; init; }

    /// <summary>Parts, in order.</summary>
    public required IReadOnlyList<BenchSection> Sections { get; init; }

    /// <summary>Sizes for checks, kernels and model.</summary>
    public required SyntheticShape Shape { get; init; }

    /// <summary>How matrices are stored.</summary>
    public required IReadOnlyList<SyntheticDtype> Dtypes { get; init; }

    /// <summary>Requests answered together.</summary>
    public required IReadOnlyList<int> Batches { get; init; }

    /// <summary>Positions of a prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens generated after it.</summary>
    public required int NewTokens { get; init; }

    /// <summary>Measurements of each figure, warm-up not counted.</summary>
    public required int Repeat { get; init; }

    /// <summary>Bytes copied to measure bandwidth.</summary>
    public required long CopyBytes { get; init; }

    /// <summary>Seed of all random numbers.</summary>
    public required int Seed { get; init; }

    /// <summary>Folder of the small model.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>Folder of its golden answers.</summary>
    public required string GoldenFolder { get; init; }

    /// <summary>Golden answers asked for, from the first.</summary>
    public required int GoldenCases { get; init; }

    /// <summary>Where the results go as JSON; null for nowhere.</summary>
    public string? JsonFile { get; init; }

    /// <summary>True on the CPU: times say nothing about a card.</summary>
    public bool IsEmulated => Device == "cuda-emulated";
}
