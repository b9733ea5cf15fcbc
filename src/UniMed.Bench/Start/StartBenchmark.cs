using System.ComponentModel;
using System.Diagnostics;

namespace UniMed.Bench.Start;

/// <summary>Starts programs again and again, in turns, each in a new process, so that what changes on the machine meets all of them alike. Each writes one line of <see cref="StartFigures"/>.</summary>
internal static class StartBenchmark
{
    /// <summary>Runs the rounds; one before them, which brings files into memory, is not counted.</summary>
    /// <param name="commands">Programs with their arguments. The first begins in even rounds, the last in odd ones.</param>
    /// <param name="rounds">How many.</param>
    /// <returns>The rounds of each command.</returns>
    /// <exception cref="InvalidOperationException">A program cannot be started or fails; the message has what it wrote.</exception>
    /// <exception cref="FormatException">A program writes no figures.</exception>
    public static StartRound[][] Run(IReadOnlyList<IReadOnlyList<string>> commands, int rounds)
    {
        StartRound[][] all = [.. commands.Select(_ => new StartRound[rounds])];
        foreach (IReadOnlyList<string> command in commands)
            Start(command);
        for (int round = 0; round < rounds; round++)
        {
            for (int turn = 0; turn < commands.Count; turn++)
            {
                int which = round % 2 == 0 ? turn : commands.Count - 1 - turn;
                all[which][round] = Start(commands[which]);
            }
        }

        return all;
    }

    private static StartRound Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        long began = Stopwatch.GetTimestamp();
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException($"{command[0]} cannot be started: {error.Message}", error);
        }

        using (process)
        {
            Task<string> complaints = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            double milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"'{string.Join(' ', command)}' ended with {process.ExitCode}: {complaints.GetAwaiter().GetResult().Trim()}");
            return new StartRound(milliseconds, StartFigures.Read(output));
        }
    }
}
