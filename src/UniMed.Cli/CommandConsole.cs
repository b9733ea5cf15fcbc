using System.Text;
using Spectre.Console;

namespace UniMed.Cli;

/// <summary>Where a command reads and writes: the process's streams, or a test's.</summary>
internal sealed class CommandConsole(TextWriter output, TextWriter error, Stream input, bool outputIsTerminal = false, bool errorIsTerminal = false)
{
    private const int RedirectedWidth = 160;

    /// <summary>Answers and nothing else.</summary>
    public TextWriter Output { get; } = output;

    /// <summary>Errors, progress and summaries.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Bytes of standard input.</summary>
    public Stream Input { get; } = input;

    /// <summary>True when a person watches <see cref="Error"/>.</summary>
    public bool ErrorIsTerminal { get; } = errorIsTerminal;

    /// <summary>The streams of this process, in UTF-8 whatever the locale.</summary>
    public static CommandConsole OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
            Console.OutputEncoding = utf8;
        return new CommandConsole(
            new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true },
            new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true },
            Console.OpenStandardInput(),
            !Console.IsOutputRedirected,
            !Console.IsErrorRedirected);
    }

    /// <summary>
    /// Tables and colours on <see cref="Output"/>. Escape codes go to a terminal only, colours only where NO_COLOR (no-color.org) is unset; a
    /// redirected table has a fixed width, so that it is the same wherever it is made.
    /// </summary>
    public IAnsiConsole Rich()
    {
        bool colors = outputIsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        bool escapes = outputIsTerminal && Environment.GetEnvironmentVariable("TERM") != "dumb";
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = escapes ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Output),
        });
        console.Profile.Width = outputIsTerminal ? TerminalWidth() : RedirectedWidth;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    private static int TerminalWidth()
    {
        const int Narrowest = 40;
        const int Usual = 80;
        try
        {
            return Console.WindowWidth > 0 ? Math.Max(Narrowest, Console.WindowWidth) : Usual;
        }
        catch (IOException)
        {
            return Usual;
        }
    }
}
