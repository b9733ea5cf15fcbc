using System.Diagnostics;

namespace UniMed.Cli.Requests;

/// <summary>A line on a terminal's stderr that counts along; nothing where stderr is redirected.</summary>
internal sealed class ProgressLine(CommandConsole console)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next = TimeSpan.Zero;
    private int _shown;

    public void Show(int answered, int failed)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        if (!console.ErrorIsTerminal || elapsed < _next)
            return;
        _next = elapsed + Interval;
        string text = FormattableString.Invariant($"{answered} answered, {failed} failed, {answered / Math.Max(elapsed.TotalSeconds, 0.001):0.0} a second");
        console.Error.Write("\r" + text.PadRight(_shown));
        _shown = text.Length;
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_shown > 0)
            console.Error.Write("\r" + new string(' ', _shown) + "\r");
        _shown = 0;
    }
}
