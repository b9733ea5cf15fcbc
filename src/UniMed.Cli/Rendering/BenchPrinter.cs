using System.Globalization;
using Spectre.Console;
using UniMed.Bench;

namespace UniMed.Cli.Rendering;

/// <summary>A measurement as tables.</summary>
internal static class BenchPrinter
{
    /// <summary>Prints what was measured on, then a column for each load.</summary>
    public static void Print(IAnsiConsole console, BenchRecord record)
    {
        console.WriteLine($"{record.Model} on {record.Device}: {record.DeviceDetail}");
        console.WriteLine($"{record.Threads} threads, {record.System}, unimed {record.Version}, {record.Date:u}");
        console.WriteLine(
            $"prompts of {record.PromptTokens} tokens, {record.Images} images each, {record.NewTokens} new tokens; {record.Repeat} answers after one warm-up: median (lowest - highest)");
        console.WriteLine(
            $"bandwidth ({record.BandwidthKind}): {Between(record.BandwidthGigabytes, "0.0")} GB/s{(record.PeakGigaflops is { } peak ? $"; fused multiply-adds on all threads: {Between(peak, "0")} GFLOP/s" : "")}");
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn(new Text("")));
        foreach (BenchRow row in record.Rows)
            table.AddColumn(new TableColumn(new Text($"{row.Weights}, batch {row.Batch}")).RightAligned());

        Line("load, s", row => Number(row.LoadSeconds, "0.00"));
        Line("warm-up, ms", row => Number(row.WarmUpMs, "0"));
        if (record.Images > 0)
        {
            Line("vision, ms", row => Between(row.VisionMs!, "0.0"));
            Line("connector, ms", row => Between(row.ConnectorMs!, "0.0"));
        }

        Line("prompt, ms", row => Between(row.PromptMs, "0.0"));
        Line("TTFT, ms", row => Between(row.TtftMs, "0.0"));
        Line("TPOT, ms", row => Between(row.TpotMs, "0.00"));
        if (record.Images > 0)
            Line("images/s", row => Number(row.ImagesPerSecond!.Value, "0.00"));
        Line("prompt tokens/s", row => Number(row.PromptTokensPerSecond, "0.0"));
        Line("decode tokens/s", row => Number(row.DecodeTokensPerSecond, "0.0"));
        Line("decode, GB/s of weights", row => $"{Number(row.DecodeGigabytesPerSecond, "0.00")} = {Percent(row.BandwidthShare)} of bandwidth");
        if (record.Images > 0)
            Line("vision, GFLOP/s", row => Peak(row.VisionGigaflops!.Value, row.VisionGigaflops / record.PeakGigaflops?.Highest));
        Line("prompt, GFLOP/s", row => Peak(row.PromptGigaflops, row.PromptPeakShare));
        Line("device memory, MB", row => Number(row.DeviceBytes / 1e6, "0"));
        console.Write(table);
        console.WriteLine($"most memory of the process: {Number(record.PeakMemoryBytes / 1e6, "0")} MB");

        void Line(string name, Func<BenchRow, string> cell) => table.AddRow([new Text(name), .. record.Rows.Select(row => new Text(cell(row)))]);
    }

    private static string Peak(double value, double? share) => share is { } known ? $"{Number(value, "0.0")} = {Percent(known)} of peak" : Number(value, "0.0");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Between(Spread spread, string format) => $"{Number(spread.Median, format)} ({Number(spread.Lowest, format)} - {Number(spread.Highest, format)})";
}
