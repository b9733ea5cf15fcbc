namespace UniMed.Cli.Rendering;

/// <summary>Writes a text that comes in pieces without the white space around it: what may turn out to be at the end is held back.</summary>
/// <param name="output">Where it goes.</param>
/// <param name="start">Called before the first character.</param>
internal sealed class StrippedText(TextWriter output, Action? start = null)
{
    private string _held = "";

    /// <summary>True when something is written.</summary>
    public bool IsStarted { get; private set; }

    public void Write(string piece)
    {
        string text = _held + piece;
        string visible = text.TrimEnd();
        _held = IsStarted || visible.Length > 0 ? text[visible.Length..] : "";
        if (!IsStarted)
            visible = visible.TrimStart();
        if (visible.Length == 0)
            return;
        if (!IsStarted)
            start?.Invoke();
        IsStarted = true;
        output.Write(visible);
        output.Flush();
    }
}
