namespace UniMed.Bench;

/// <summary>What repeated measurements say.</summary>
/// <param name="Median">Middle one; of an even number the mean of the two in the middle.</param>
/// <param name="Lowest">Smallest.</param>
/// <param name="Highest">Largest.</param>
/// <param name="Count">How many there are.</param>
public sealed record Spread(double Median, double Lowest, double Highest, int Count)
{
    /// <summary>Sums samples up.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Spread Of(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        if (sorted.Length == 0)
            throw new ArgumentException("Nothing was measured.", nameof(samples));
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Spread(median, sorted[0], sorted[^1], sorted.Length);
    }
}
