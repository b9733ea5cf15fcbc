namespace UniMed.Bench;

/// <summary>What most of many samples stay under.</summary>
/// <param name="P50">The smallest sample that half of all do not exceed.</param>
/// <param name="P95">The smallest that 95 % do not exceed.</param>
/// <param name="P99">The smallest that 99 % do not exceed.</param>
/// <param name="Count">How many there are.</param>
public sealed record Percentiles(double P50, double P95, double P99, int Count)
{
    /// <summary>Sums samples up, by nearest rank.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Percentiles Of(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        if (sorted.Length == 0)
            throw new ArgumentException("Nothing was measured.", nameof(samples));
        return new Percentiles(At(50), At(95), At(99), sorted.Length);

        // In whole numbers: 0.95 * 20 is above 19 in binary.
        double At(int percent) => sorted[(((percent * sorted.Length) + 99) / 100) - 1];
    }
}
