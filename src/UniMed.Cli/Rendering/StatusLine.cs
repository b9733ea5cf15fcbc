using System.Diagnostics;

namespace UniMed.Cli.Rendering;

/// <summary>A line on a terminal's stderr that says what is being waited for, and for how long; nothing where stderr is redirected. Dispose takes it away.</summary>
internal sealed class StatusLine : IDisposable
{
    private const string Wheel = "|/-\\";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly CommandConsole _console;
    private readonly string _what;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Timer? _timer;
    private int _shown;
    private int _turns;
    private bool _ended;

    public StatusLine(CommandConsole console, string what)
    {
        _console = console;
        _what = what;

        // What is done at once shows nothing.
        _timer = console.ErrorIsTerminal ? new Timer(_ => Show(), null, Interval, Interval) : null;
    }

    /// <summary>Writes a line above.</summary>
    public void Write(string line)
    {
        lock (_lock)
        {
            Clear();
            _console.Error.WriteLine(line);
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _ended = true;
            Clear();
        }
    }

    private void Show()
    {
        lock (_lock)
        {
            if (_ended)
                return;
            string text = FormattableString.Invariant($"{Wheel[_turns++ % Wheel.Length]} {_what}, {Stopwatch.GetElapsedTime(_started).TotalSeconds:0} s");
            _console.Error.Write("\r" + text.PadRight(_shown));
            _shown = text.Length;
        }
    }

    private void Clear()
    {
        if (_shown > 0)
            _console.Error.Write("\r" + new string(' ', _shown) + "\r");
        _shown = 0;
    }
}
