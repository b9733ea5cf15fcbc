using Spectre.Console;

namespace UniMed.WeightsConverter.Commands;

/// <summary>Progress on standard error: bars on a terminal, otherwise a line for each stage and each tenth of it.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs work that reports progress.</summary>
    public static T Show<T>(Func<IProgress<ConversionProgress>, T> work)
    {
        if (Console.IsErrorRedirected)
            return work(new LineProgress(Console.Error));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().Start(context => work(new BarProgress(context)));
    }
}
