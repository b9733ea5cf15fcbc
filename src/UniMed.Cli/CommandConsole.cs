using System.Text;
using Spectre.Console;
using UniMed.Cli.Rendering;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli;

/// <summary>Where a command reads and writes: the process's streams, or a test's.</summary>
internal sealed class CommandConsole(TextWriter output, TextWriter error, Stream? input, bool outputIsTerminal = false, bool errorIsTerminal = false, bool outputIsClosed = false)
{
    private const int RedirectedWidth = 160;

    private string? _inputTakenFor;

    /// <summary>Answers and nothing else.</summary>
    public TextWriter Output { get; } = output;

    /// <summary>Errors, progress and summaries.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>True when a person watches <see cref="Output"/>.</summary>
    public bool OutputIsTerminal { get; } = outputIsTerminal;

    /// <summary>True when a person watches <see cref="Error"/>.</summary>
    public bool ErrorIsTerminal { get; } = errorIsTerminal;

    /// <summary>The streams of this process, in UTF-8 whatever the locale.</summary>
    /// <param name="cancellationToken">Ends writing that cannot go on, because nobody reads.</param>
    public static CommandConsole OfProcess(CancellationToken cancellationToken)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
            Console.OutputEncoding = utf8;
        bool outputIsClosed = StandardDescriptors.OutputIsClosed(1);
        return new CommandConsole(
            Writer(outputIsClosed ? null : OpenOutput(1, cancellationToken), isForgiving: false),
            Writer(StandardDescriptors.OutputIsClosed(2) ? null : OpenOutput(2, cancellationToken), isForgiving: true),
            StandardDescriptors.InputIsClosed() ? null : Console.OpenStandardInput(),
            !outputIsClosed && !Console.IsOutputRedirected,
            !Console.IsErrorRedirected,
            outputIsClosed);

        StreamWriter Writer(Stream? stream, bool isForgiving) => new(new StandardOutput(stream, isForgiving), utf8) { AutoFlush = true };
    }

    /// <summary>Says something that is no answer.</summary>
    public void Note(string message) => Error.WriteLine($"unimed: {TerminalText.Safe(message)}");

    /// <summary>Says what is being waited for while it lasts, to a person who watches.</summary>
    public StatusLine Status(string what) => new(this, what);

    /// <summary>Fails before the work when there is no place for the answer.</summary>
    /// <exception cref="UniMedException">Standard output is closed.</exception>
    public void RequireOutput()
    {
        if (outputIsClosed)
            throw StandardOutput.Closed();
    }

    /// <summary>Bytes of standard input, for one reader.</summary>
    /// <param name="what">What they are, for messages.</param>
    /// <exception cref="UsageException">They were taken for something else.</exception>
    /// <exception cref="UniMedException">Standard input is closed.</exception>
    public Stream TakeInput(string what)
    {
        if (_inputTakenFor is not null)
            throw new UsageException($"- is standard input, and is named for {_inputTakenFor} and for {what}. Only one of them can be read from it.");
        _inputTakenFor = what;
        return input ?? throw new UniMedException(UniMedFailure.InvalidInput, $"Standard input is closed, so {what} cannot be read from it. Send it through a pipe, or name a file.");
    }

    /// <summary>
    /// Tables and colours on <see cref="Output"/>. Escape codes go to a terminal only, colours only where NO_COLOR (no-color.org) is unset; a
    /// redirected table has a fixed width, so that it is the same wherever it is made.
    /// </summary>
    public IAnsiConsole Rich()
    {
        bool colors = OutputIsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        bool escapes = OutputIsTerminal && Environment.GetEnvironmentVariable("TERM") != "dumb";
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = escapes ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Output),
        });
        console.Profile.Width = OutputIsTerminal ? TerminalWidth() : RedirectedWidth;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    private static Stream OpenOutput(int descriptor, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
            return new DescriptorStream(descriptor, cancellationToken);
        return descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
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
