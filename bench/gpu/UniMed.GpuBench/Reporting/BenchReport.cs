using UniMed.GpuBench.Card;

namespace UniMed.GpuBench.Reporting;

/// <summary>Everything a run found, as --json writes it.</summary>
internal sealed record BenchReport
{
    /// <summary>When it began, UTC.</summary>
    public required DateTime Date { get; init; }

    /// <summary>Source revision the program was built from.</summary>
    public required string Commit { get; init; }

    /// <summary>Arguments.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The card and its driver.</summary>
    public required CardFacts Card { get; init; }

    /// <summary>Set where times say nothing about a card.</summary>
    public string? Warning { get; init; }

    /// <summary>Which cuBLAS was compared with, or why none was.</summary>
    public string? Cublas { get; set; }

    /// <summary>Section check.</summary>
    public List<CheckRow> Checks { get; } = [];

    /// <summary>Section nano.</summary>
    public List<GoldenRow> Golden { get; } = [];

    /// <summary>Measured for the sections kernels and model.</summary>
    public BandwidthRow? Bandwidth { get; set; }

    /// <summary>Section kernels: matrices on their way to the card.</summary>
    public List<LoadRow> Loads { get; } = [];

    /// <summary>Section kernels.</summary>
    public List<KernelRow> Kernels { get; } = [];

    /// <summary>Section model.</summary>
    public List<ModelRow> Models { get; } = [];

    /// <summary>What there was no time for.</summary>
    public IReadOnlyList<string> LeftOut { get; set; } = [];

    /// <summary>Clocks after the last section.</summary>
    public CardState? After { get; set; }

    /// <summary>True when every check, every golden answer and every loaded matrix passed.</summary>
    public bool Passed => Checks.TrueForAll(row => row.Passed) && Golden.TrueForAll(row => row.Passed) && Loads.TrueForAll(row => row.Passed);
}
