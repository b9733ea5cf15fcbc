using Xunit;

namespace UniMed.Bench.Tests;

/// <summary>A percentile is a sample: the smallest that so many do not exceed.</summary>
public class PercentilesTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 1, 2, 2)]
    [InlineData(20, 10, 19, 20)]
    [InlineData(100, 50, 95, 99)]
    [InlineData(101, 51, 96, 100)]
    [InlineData(1000, 500, 950, 990)]
    public void Of_one_to_n_in_any_order(int count, double p50, double p95, double p99)
    {
        double[] samples = [.. Enumerable.Range(1, count).Select(number => (double)number)];
        new Random(count).Shuffle(samples);

        Assert.Equal(new Percentiles(p50, p95, p99, count), Percentiles.Of(samples));
    }

    [Theory]
    [InlineData(37)]
    [InlineData(160)]
    public void By_the_definition(int count)
    {
        var random = new Random(count);
        double[] samples = [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(20))];

        Percentiles found = Percentiles.Of(samples);

        foreach ((int percent, double value) in new[] { (50, found.P50), (95, found.P95), (99, found.P99) })
        {
            Assert.True(100 * samples.Count(sample => sample <= value) >= percent * count);
            Assert.True(100 * samples.Count(sample => sample < value) < percent * count);
        }
    }

    [Fact]
    public void Of_nothing_there_are_none() => Assert.Throws<ArgumentException>(() => Percentiles.Of([]));
}
