namespace UniMed.Cli.Rendering;

/// <summary>Writes a text that comes in pieces without the white space around it: what may turn out to be at the end is held back.</summary>
internal sealed class StrippedText(TextWriter output)
{
    private string _held = "";
    private bool _started;

    public void Write(string piece)
    {
        string text = _held + piece;
        string visible = text.TrimEnd();
        _held = _started || visible.Length > 0 ? text[visible.Length..] : "";
        if (!_started)
            visible = visible.TrimStart();
        if (visible.Length == 0)
            return;
        _started = true;
        output.Write(visible);
        output.Flush();
    }
}
