namespace UniMed.GpuBench;

/// <summary>What is measured where nothing else is said.</summary>
/// <param name="Name">How the command line calls it.</param>
/// <param name="Minutes">Most time of a run.</param>
/// <param name="Batches">Requests answered together.</param>
/// <param name="NewTokens">Tokens generated after a prompt.</param>
/// <param name="Repeat">Measurements of each figure.</param>
/// <param name="CopyMebibytes">MiB copied to measure bandwidth.</param>
internal sealed record BenchPlan(string Name, double Minutes, int[] Batches, int NewTokens, int Repeat, int CopyMebibytes)
{
    /// <summary>For a card that is lent for minutes: what decides whether it works, and how fast one and eight requests are.</summary>
    public static BenchPlan Quick { get; } = new("quick", 4, [1, 8], 32, 5, 512);

    /// <summary>Everything.</summary>
    public static BenchPlan Full { get; } = new("full", 10, [1, 8, 32], 64, 20, 1024);

    /// <summary>The plan of a name.</summary>
    public static BenchPlan Of(string name) => name == Quick.Name ? Quick : Full;
}
