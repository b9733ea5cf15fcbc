using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using UniMed.WeightsConverter.Conversion;
using UniMed.WeightsConverter.Reporting;

namespace UniMed.WeightsConverter.Commands;

/// <summary>A report for people and for programs.</summary>
internal static class ReportText
{
    private const int MaxKeysShown = 12;

    /// <summary>Wide enough that no line of a log is folded.</summary>
    private const int WidthOfLogs = 4000;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The whole report, with snake_case names.</summary>
    public static string ToJson(ConversionReport report) => JsonSerializer.Serialize(report, JsonOptions);

    /// <summary>Prints what is about to be done: options with their origin, sources, output and what to know; a table on a terminal, plain lines otherwise.</summary>
    public static void PrintPlan(ConversionPlan plan, TextWriter writer)
    {
        bool redirected = ReferenceEquals(writer, Console.Error) ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        IAnsiConsole console = ConsoleOf(writer, redirected);
        var table = new Table { Border = redirected ? TableBorder.None : TableBorder.Rounded };
        table.AddColumns("option", "value", "from");
        foreach (ReportedOption option in plan.Report.Options)
            table.AddRow(Markup.Escape(option.Name), Markup.Escape(option.Value), Markup.Escape(option.Origin));
        console.Write(table);
        foreach (PlannedSource source in plan.Sources)
            console.WriteLine($"reads {source.Path} ({source.Role}, {ByteSize.Text(source.Bytes)})");
        foreach (string note in plan.Report.Notes)
            console.WriteLine($"note: {note}");
        string free = plan.FreeBytes is { } bytes ? $"; {ByteSize.Text(bytes)} are free" : "";
        console.WriteLine($"writes {plan.Report.Output}: {plan.Report.Used.Count} tensors, {ByteSize.Text(plan.Report.OutputBytes)}, dtype {plan.Report.Dtype}{free}.");
    }

    /// <summary>Prints what was done on standard output.</summary>
    public static void Print(ConversionReport report)
    {
        IAnsiConsole console = ConsoleOf(Console.Out, Console.IsOutputRedirected);
        Print(console, "overridden by the checkpoint", report.Overridden);
        Print(console, "unused", report.Unused);
        Print(console, "missing, optional", report.Missing);
        console.WriteLine(
            $"{report.Used.Count} tensors used, {report.Merged.Count} with LoRA merged; {report.Overridden.Count} keys overridden, "
            + $"{report.Unused.Count} unused, {report.Ignored.Count} ignored, {report.Missing.Count} optional missing.");
        foreach (IGrouping<string, KeptTensor> kept in report.Kept.GroupBy(t => $"{t.Format} ({t.Reason})"))
            console.WriteLine($"{kept.Count()} in more bits: {kept.Key}.");
        console.WriteLine(string.Join(", ", report.Formats.Select(f => $"{f.Format}: {f.Tensors} tensors, {ByteSize.Text(f.Bytes)}")) + ".");
        console.WriteLine($"{report.Output}: {report.OutputFiles.Count} files, {ByteSize.Text(report.OutputBytes)}, dtype {report.Dtype}.");
    }

    private static IAnsiConsole ConsoleOf(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected)
            console.Profile.Width = WidthOfLogs;
        return console;
    }

    private static void Print(IAnsiConsole console, string title, IReadOnlyList<UnusedKey> keys)
    {
        foreach (UnusedKey key in keys.Take(MaxKeysShown))
            console.WriteLine($"{title}: {key.Key} ({key.Role}; {key.Reason})");
        if (keys.Count > MaxKeysShown)
            console.WriteLine($"{title}: {keys.Count - MaxKeysShown} more; --report FILE or --json lists all.");
    }
}
