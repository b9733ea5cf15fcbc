using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using UniMed.WeightsConverter.Reporting;

namespace UniMed.WeightsConverter.Commands;

/// <summary>A report for people and for programs.</summary>
internal static class ReportText
{
    private const int MostKeysShown = 12;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The whole report, with snake_case names.</summary>
    public static string ToJson(ConversionReport report) => JsonSerializer.Serialize(report, JsonOptions);

    /// <summary>Prints a summary on standard output: a table on a terminal, plain lines otherwise.</summary>
    public static void Print(ConversionReport report)
    {
        IAnsiConsole console = AnsiConsole.Console;
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.None : TableBorder.Rounded };
        table.AddColumns("option", "value", "from");
        foreach (ReportedOption option in report.Options)
            table.AddRow(Markup.Escape(option.Name), Markup.Escape(option.Value), Markup.Escape(option.Origin));
        if (Console.IsOutputRedirected)
            console.Profile.Width = 240;
        console.Write(table);
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

    private static void Print(IAnsiConsole console, string title, IReadOnlyList<UnusedKey> keys)
    {
        foreach (UnusedKey key in keys.Take(MostKeysShown))
            console.WriteLine($"{title}: {key.Key} ({key.Role}; {key.Reason})");
        if (keys.Count > MostKeysShown)
            console.WriteLine($"{title}: {keys.Count - MostKeysShown} more; --report FILE or --json lists all.");
    }
}
