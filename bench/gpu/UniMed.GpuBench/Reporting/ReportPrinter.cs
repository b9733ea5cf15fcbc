using System.Globalization;
using Spectre.Console;
using UniMed.Bench;
using UniMed.GpuBench.Card;

namespace UniMed.GpuBench.Reporting;

/// <summary>The report as tables of a fixed width, the same on a terminal and in a file.</summary>
internal sealed class ReportPrinter
{
    private const int Width = 190;

    private readonly IAnsiConsole _console;

    /// <summary>Prints to a writer, without colours.</summary>
    public ReportPrinter(TextWriter output)
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        _console.Profile.Width = Width;
    }

    /// <summary>One line.</summary>
    public void Line(string text) => _console.WriteLine(text);

    /// <summary>Card, driver, clocks.</summary>
    public void Header(BenchReport report)
    {
        CardFacts card = report.Card;
        Line($"{card.Name} ({card.Device}), compute capability {card.ComputeCapability}, {card.Multiprocessors} multiprocessors, {Gibi(card.MemoryBytes)} GiB, L2 {card.L2Bytes >> 20} MiB, driver for CUDA {card.CudaVersion}");
        State("before", card.State);
        Line($"unimed-gpu-bench {report.CommandLine}, revision {report.Commit}, {report.Date:u}");
        if (report.Warning is not null)
            Line($"NOTE: {report.Warning}");
    }

    /// <summary>Clocks at a moment.</summary>
    public void State(string when, CardState state) =>
        Line($"{when}: {(state.Facts.Count == 0 ? "nvidia-smi does not tell clocks here" : string.Join(", ", state.Facts.Select(fact => $"{fact.Key} {fact.Value}")))}");

    /// <summary>Section check.</summary>
    public void Checks(IReadOnlyList<CheckRow> rows)
    {
        Table table = Columns("operation", "case", ">largest error", ">bound", "");
        foreach (CheckRow row in rows)
            Row(table, row.Operation, row.Case, Short(row.Error), Short(row.Bound), row.Passed ? "ok" : "FAILED");
        _console.Write(table);
        Line($"{rows.Count(row => row.Passed)} of {rows.Count} comparisons passed.");
    }

    /// <summary>Section nano: only what differs is told in full.</summary>
    public void Golden(IReadOnlyList<GoldenRow> rows)
    {
        Table table = Columns("case", "the authors' answer", "ours", "");
        foreach (GoldenRow row in rows)
            Row(table, row.Case, row.Expected, row.Passed ? "the same" : row.Actual, row.Passed ? "ok" : "FAILED");
        _console.Write(table);
        Line($"{rows.Count(row => row.Passed)} of {rows.Count} golden answers equal.");
    }

    /// <summary>Copy bandwidth.</summary>
    public void Bandwidth(BandwidthRow row) =>
        Line($"a copy of {row.Bytes >> 20} MiB on the card: {Between(row.Gigabytes, "F0")} GB/s read and written; two events with nothing between them: {Between(row.EmptyMicroseconds, "F2")} µs");

    /// <summary>Section kernels: loading.</summary>
    public void Loads(IReadOnlyList<LoadRow> rows)
    {
        Table table = Columns("load", "matrix", ">MB on the card", ">GB/s, the card packs", ">GB/s, the host packs", ">host alone: rows", ">host alone: packed", "");
        foreach (LoadRow row in rows)
        {
            Row(
                table,
                row.Dtype,
                $"{row.Rows} x {row.Columns}",
                (row.Bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture),
                Between(row.Card, "F2"),
                Between(row.Host, "F2"),
                Between(row.RowsAlone, "F2"),
                Between(row.PackedAlone, "F2"),
                row.Passed ? "the same bytes" : $"FAILED: {row.DifferingBytes} bytes differ");
        }

        _console.Write(table);
        Line($"Bytes on the card a second, from pages that are in memory, the host on {Environment.ProcessorCount} processors.");
    }

    /// <summary>Section kernels.</summary>
    public void Kernels(IReadOnlyList<KernelRow> rows, string? cublas)
    {
        Table table = Columns("kernel", "case", ">µs cold: median (lowest - highest)", ">of copy", ">µs in a row", ">of copy", ">TFLOP/s", ">GB/s", ">cuBLAS f16 µs", ">cuBLAS / ours");
        foreach (KernelRow row in rows)
        {
            Row(
                table,
                row.Kernel,
                row.Case,
                Between(row.Cold, "F2"),
                Percent(row.CopyShare),
                row.InARow.Median.ToString("F2", CultureInfo.InvariantCulture),
                Percent(row.InARowShare) + (row.Matrices > 1 ? "" : "*"),
                row.Teraflops.ToString("F2", CultureInfo.InvariantCulture),
                row.Gigabytes.ToString("F0", CultureInfo.InvariantCulture),
                row.Cublas is { } other ? other.Median.ToString("F2", CultureInfo.InvariantCulture) : "-",
                row.CublasRatio is { } ratio ? ratio.ToString("F2", CultureInfo.InvariantCulture) : "-");
        }

        _console.Write(table);
        Line(cublas ?? "");
        Line("cold: another matrix's bytes in L2, one launch between two events. In a row: a launch of a CUDA graph of equal launches, which read eight copies of the matrix in turn (fewer where they do not fit);");
        Line("*: no matrix, inputs cached where they fit. TFLOP/s and GB/s are those of the cold time.");
    }

    /// <summary>Section model.</summary>
    public void Models(IReadOnlyList<ModelRow> rows, BenchSettings settings)
    {
        Line($"{settings.Shape.Name}, random weights, prompts of {settings.PromptTokens} tokens{(settings.Shape.Vision is null ? "" : " with one image each")}, {settings.NewTokens} new tokens, {settings.Repeat} answers after one warm-up; ms: median (lowest - highest)");
        Table table = Columns("weights", ">batch", ">load s", ">vision", ">connector", ">prompt", ">TTFT", ">of floor", ">TPOT", ">of floor", ">tokens/s");
        foreach (ModelRow row in rows)
        {
            if (row.Skipped is not null)
            {
                Row(table, row.Dtype, $"{row.Batch}", "-", "-", "-", "-", "not measured: " + row.Skipped, "-", "-", "-", "-");
                continue;
            }

            Row(
                table,
                row.Dtype,
                $"{row.Batch}",
                row.LoadSeconds.ToString("F1", CultureInfo.InvariantCulture),
                Between(row.Vision!, "F2"),
                Between(row.Connector!, "F2"),
                Between(row.Prompt!, "F2"),
                Between(row.FirstToken!, "F2"),
                Percent(row.FirstTokenShare),
                Between(row.Step!, "F3"),
                Percent(row.StepShare),
                row.TokensPerSecond.ToString("F1", CultureInfo.InvariantCulture));
        }

        _console.Write(table);
        Line("of floor: time that the weights' stored bytes take at copy bandwidth, divided by the time measured.");
    }

    /// <summary>What there was no time for.</summary>
    public void LeftOut(IReadOnlyList<string> cases)
    {
        if (cases.Count == 0)
            return;
        Line($"{cases.Count} cases left out for want of time (--minutes):");
        foreach (IGrouping<string, string> section in cases.GroupBy(what => what.Split(':')[0]))
            Line($"  {section.Key}: {string.Join("; ", section.Select(what => what[(section.Key.Length + 2)..]))}");
    }

    private static Table Columns(params ReadOnlySpan<string> names)
    {
        Table table = new Table().Border(TableBorder.Ascii2);
        foreach (string name in names)
        {
            var column = new TableColumn(new Text(name.TrimStart('>')));
            table.AddColumn(name.StartsWith('>') ? column.RightAligned() : column);
        }

        return table;
    }

    private static void Row(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    private static string Short(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture);

    private static string Gibi(long bytes) => (bytes / (double)(1 << 30)).ToString("F1", CultureInfo.InvariantCulture);

    private static string Between(Spread spread, string format) => string.Create(
        CultureInfo.InvariantCulture, $"{spread.Median.ToString(format, CultureInfo.InvariantCulture)} ({spread.Lowest.ToString(format, CultureInfo.InvariantCulture)} - {spread.Highest.ToString(format, CultureInfo.InvariantCulture)})");
}
