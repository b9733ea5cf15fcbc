using Spectre.Console;
using UniMed.Cli.Rendering;

namespace UniMed.Cli.Demo;

/// <summary>The demo's table for a person.</summary>
internal static class DemoPrinter
{
    public static void Print(IAnsiConsole console, IReadOnlyList<DemoRow> rows)
    {
        Table table = new Table().Border(TableBorder.Rounded).ShowRowSeparators();
        foreach (string column in (string[])["task", "image", "asked", "answer", "true answer"])
            table.AddColumn(new TableColumn(new Text(column)));
        table.AddColumn(new TableColumn(new Text("ms")).RightAligned());
        foreach (DemoRow row in rows)
        {
            table.AddRow(
                new Text(row.Task),
                new Text(Path.GetFileNameWithoutExtension(row.Image) ?? ""),
                new Text(row.Asked),
                new Text(TerminalText.Safe(row.Answer), StyleOf(row)),
                new Text(Truth(row)),
                new Text(FormattableString.Invariant($"{row.Milliseconds:0}")));
        }

        console.Write(table);
    }

    private static string Truth(DemoRow row) =>
        row.Overlap is { } overlap ? FormattableString.Invariant($"{row.Truth}, {100 * overlap:0} % overlap") : row.Truth ?? "";

    private static Style StyleOf(DemoRow row) => row.IsRight switch
    {
        true => new Style(Color.Green),
        false => new Style(Color.Yellow),
        null => Style.Plain,
    };
}
