using System.Globalization;
using Spectre.Console;
using UniMed.Bench;
using UniMed.Bench.Serving;

namespace UniMed.Cli.Rendering;

/// <summary>A measurement of an engine as tables.</summary>
internal static class ServingBenchPrinter
{
    /// <summary>Prints what was measured on, a column for each concurrency, then a line for each gain.</summary>
    public static void Print(IAnsiConsole console, ServingBenchRecord record)
    {
        console.WriteLine($"{record.Model}, {record.Weights}, on {record.Device}: {record.DeviceDetail}");
        console.WriteLine($"{record.Threads} threads, {record.System}, unimed {record.Version}, {record.Date:u}");
        console.WriteLine(
            $"{record.Requests} requests ({record.Mix}) about {record.Pictures} pictures, prompts of {record.PromptTokens} tokens, the last {record.OwnTokens} their own, {record.NewTokens} new tokens; a closed loop of as many clients as run at once");
        console.WriteLine($"{record.Repeat} rounds after a warm-up, a new engine for each: median (lowest - highest); cache of {record.KvCacheTokens} positions");
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn(new Text("")));
        foreach (ServingRow row in record.Rows)
            table.AddColumn(new TableColumn(new Text($"{row.Concurrency} at once")).RightAligned());

        bool sees = record.Rows[0].ImagesEncodedPerSecond is not null;
        Line("requests/s", row => Between(row.RequestsPerSecond, "0.00"));
        Line("new tokens/s", row => Between(row.NewTokensPerSecond, "0.0"));
        Line("ratio to the first", row => Between(row.RatioToFirst, "0.00"));
        Line("decode tokens/s", row => Number(row.DecodeTokensPerSecond, "0.0"));
        Line("prompt tokens/s computed", row => Between(row.PromptTokensPerSecond, "0"));
        Line("prompt tokens/s shared", row => Between(row.SharedTokensPerSecond, "0"));
        if (sees)
        {
            Line("images/s encoded", row => Between(row.ImagesEncodedPerSecond!, "0.00"));
            Line("images/s reused", row => Between(row.ImagesReusedPerSecond!, "0.00"));
        }

        Line("all first tokens, ms", row => Between(row.AllFirstTokensMs, "0"));
        Line("TTFT p50 / p95 / p99, ms", row => P50To99(row.TtftMs, "0"));
        Line("latency p50 / p95 / p99, ms", row => P50To99(row.LatencyMs, "0"));
        Line("TPOT p50 / p95 / p99, ms", row => P50To99(row.TpotMs, "0.00"));
        Line("passes", row => row.Passes.ToString(CultureInfo.InvariantCulture));
        console.Write(table);
        if (record.Gains.Count > 0)
            console.Write(Gains(record.Gains));
        if (record.Overhead is { } overhead)
        {
            console.WriteLine(
                $"one request, TPOT: model {Between(overhead.TpotMsModel, "0.000")} ms, engine {Between(overhead.TpotMsEngine, "0.000")} ms; overhead {Between(overhead.Share, "0.0 %")}, {overhead.Share.Count} pairs");
        }

        console.WriteLine($"most memory of the process: {(record.PeakMemoryBytes / 1e6).ToString("0", CultureInfo.InvariantCulture)} MB");

        void Line(string name, Func<ServingRow, string> cell) => table.AddRow([new Text(name), .. record.Rows.Select(row => new Text(cell(row)))]);
    }

    private static Table Gains(IReadOnlyList<ServingGain> gains)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string header in new[] { "gain", "measured", "new tokens/s", "times", "all first tokens, ms", "times sooner" })
            table.AddColumn(new TableColumn(new Text(header)));
        foreach (ServingGain gain in gains)
        {
            Row("", gain.Without, gain.NewTokensPerSecondWithout, "", gain.AllFirstTokensMsWithout, "");
            Row(gain.Name, gain.With, gain.NewTokensPerSecondWith, Between(gain.NewTokensRatio, "0.00"), gain.AllFirstTokensMsWith, Between(gain.AllFirstTokensRatio, "0.00"));
        }

        return table;

        void Row(string name, string measured, Spread tokens, string more, Spread first, string sooner) => table.AddRow(
            new Text(name), new Text(measured), new Text(Between(tokens, "0.0")), new Text(more), new Text(Between(first, "0")), new Text(sooner));
    }

    private static string Between(Spread spread, string format) => $"{Number(spread.Median, format)} ({Number(spread.Lowest, format)} - {Number(spread.Highest, format)})";

    private static string P50To99(Percentiles times, string format) => $"{Number(times.P50, format)} / {Number(times.P95, format)} / {Number(times.P99, format)}";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
