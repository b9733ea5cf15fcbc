using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using UniMed.Cli.Commands;
using UniMed.Cli.Rendering;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli;

/// <summary>The whole command line: parses, runs a command, and turns whatever goes wrong into one message and an exit code.</summary>
internal static class UnimedCommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="console">Where to read and write.</param>
    /// <param name="cancellationToken">Ctrl+C.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(string[] args, CommandConsole console, CancellationToken cancellationToken = default)
    {
        RootCommand root = CreateRoot(console);
        if (args.Length == 0)
        {
            await root.Parse("--help").InvokeAsync(Streams(console, console.Error), CancellationToken.None);
            return ExitCode.Usage;
        }

        // A question may start with @: it is not the name of a file with arguments.
        ParseResult result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            Complain(console, $"{WhatIsWrong(result)} See '{CommandPath(result)} --help'.");
            return ExitCode.Usage;
        }

        if (MistypedOption(result) is { } option)
        {
            Complain(console, $"There is no option '{option}'. Write -- in front of texts that start with dashes. See '{CommandPath(result)} --help'.");
            return ExitCode.Usage;
        }

        return await RunAsync(result, console, cancellationToken);
    }

    private static async Task<int> RunAsync(ParseResult result, CommandConsole console, CancellationToken cancellationToken)
    {
        try
        {
            return await result.InvokeAsync(Streams(console, console.Output), cancellationToken);
        }
        catch (UsageException error)
        {
            Complain(console, $"{error.Message} See '{CommandPath(result)} --help'.");
            return ExitCode.Usage;
        }
        catch (UniMedException error)
        {
            Complain(console, OptionNames.AsFlags(error.Message));
            return ExitCode.Failed;
        }
        catch (ReaderLeftException)
        {
            return ExitCode.ReaderLeft;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Complain(console, "cancelled.");
            return ExitCode.Cancelled;
        }
        catch (Exception error)
        {
            // Nothing may end in a stack trace; what comes here is a fault of this program, not of its user.
            Complain(console, $"unexpected {error.GetType().Name}: {error.Message} This is a fault in unimed: please report it, with the command line and this message.");
            return ExitCode.Failed;
        }
    }

    private static RootCommand CreateRoot(CommandConsole console)
    {
        var root = new RootCommand(
            "unimed asks a Uni-Med model about medical images: six tasks, one set of weights. Research use only, not for diagnosis.\n\n"
            + "Exit codes: 0 answered, 1 the request failed, 2 wrong usage, 3 some requests of a run failed, 130 cancelled, 141 the reader of the output left.")
        {
            HelpName = "unimed",
        };
        root.Add(DemoCommand.Create(console));
        root.Add(AskCommand.Create(console));
        root.Add(LocateCommand.Create(console));
        root.Add(IdentifyCommand.Create(console));
        root.Add(DescribeCommand.Create(console));
        root.Add(ClassifyCommand.Create(console));
        root.Add(AnswerCommand.Create(console));
        root.Add(RunCommand.Create(console));
        root.Add(TokenizeCommand.Create(console));
        root.Add(InfoCommand.Create(console));
        root.Add(DevicesCommand.Create(console));
        root.Add(BenchCommand.Create(console));
        return root;
    }

    private static InvocationConfiguration Streams(CommandConsole console, TextWriter output) => new()
    {
        Output = output,
        Error = console.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    /// <summary>The parser takes an option it does not know for a text; without a -- before it, it is a slip.</summary>
    private static string? MistypedOption(ParseResult result) => result.Tokens.Any(token => token.Type == TokenType.DoubleDash)
        ? null
        : result.CommandResult.Tokens.Select(token => token.Value).FirstOrDefault(text => text.StartsWith("--", StringComparison.Ordinal));

    private static string WhatIsWrong(ParseResult result) => result is { CommandResult.Command: RootCommand, UnmatchedTokens: [string word, ..] }
        ? $"There is no command '{word}'."
        : string.Join(" ", result.Errors.Select(error => error.Message).Distinct());

    private static string CommandPath(ParseResult result) =>
        result.CommandResult.Command is RootCommand ? "unimed" : $"unimed {result.CommandResult.Command.Name}";

    private static void Complain(CommandConsole console, string message) => console.Note(message);
}
