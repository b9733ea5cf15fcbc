using System.Globalization;

namespace UniMed.Peers;

/// <summary>Seconds of ours and theirs, round by round, and what they say.</summary>
internal sealed class Ratio
{
    private readonly List<(double Ours, double Theirs)> _rounds = [];

    public void Add(double ours, double theirs) => _rounds.Add((ours, theirs));

    /// <summary>A row of the table: both medians as rates, and how often ours goes into theirs: median, least and most of the rounds.</summary>
    /// <param name="work">What was timed.</param>
    /// <param name="units">Units of work in a round.</param>
    /// <param name="unit">Name of the rate.</param>
    public string Row(string work, double units, string unit)
    {
        double[] ratios = [.. _rounds.Select(round => round.Theirs / round.Ours).Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {work} | {units / Median(_rounds.Select(r => r.Ours)):0.0} {unit} | {units / Median(_rounds.Select(r => r.Theirs)):0.0} {unit} | {ratios[ratios.Length / 2]:0.00}x ({ratios[0]:0.00} to {ratios[^1]:0.00}) |");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
