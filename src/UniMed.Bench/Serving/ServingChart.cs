namespace UniMed.Bench.Serving;

/// <summary>A measurement of an engine as a bar chart: tokens a second above, time until all first tokens are out below.</summary>
public static class ServingChart
{
    /// <summary>Draws the chart.</summary>
    /// <returns>A PNG file.</returns>
    public static byte[] Draw(ServingBenchRecord record) => BenchChart.Draw(
        $"{record.Model} on {record.Device}, {record.Requests} requests ({record.Mix}), prompt {record.PromptTokens}, new {record.NewTokens}",
        new BenchPanel("new tokens a second", [.. record.Rows.Select(row => (Label(row), row.NewTokensPerSecond))]),
        new BenchPanel("all first tokens, ms", [.. record.Rows.Select(row => (Label(row), row.AllFirstTokensMs))]));

    private static string Label(ServingRow row) => $"{row.Concurrency} at once";
}
