using System.Globalization;
using System.Text;
using Spectre.Console;

namespace UniMed.Cli.Rendering;

/// <summary>Shows the tokens of a text to a person.</summary>
internal static class TokensPrinter
{
    public static void Print(CommandConsole console, TokensRecord tokens)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn(new Text("id")).RightAligned());
        table.AddColumn(new TableColumn(new Text("piece")));
        foreach ((int id, string piece) in tokens.Ids.Zip(tokens.Pieces))
            table.AddRow(new Text(id.ToString(CultureInfo.InvariantCulture)), new Text(Visible(piece)));
        console.Rich().Write(table);
        console.Output.WriteLine(tokens.Ids.Count == 1 ? "1 token" : FormattableString.Invariant($"{tokens.Ids.Count} tokens"));
        if (tokens.Decoded != tokens.Text)
            console.Output.WriteLine($"They decode to: {TerminalText.Safe(tokens.Decoded)}");
    }

    /// <summary>A piece may be a line feed, or drive the terminal.</summary>
    private static string Visible(string piece)
    {
        if (!piece.Any(char.IsControl))
            return piece;
        var visible = new StringBuilder(piece.Length);
        foreach (char character in piece)
            visible.Append(char.IsControl(character) ? FormattableString.Invariant($"\\u{(int)character:X4}") : character.ToString());
        return visible.ToString();
    }
}
