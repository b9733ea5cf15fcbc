using System.Globalization;
using UniMed.Bench;
using UniMed.Bench.Start;
using UniMed.Inference;

namespace UniMed.CpuBench;

/// <summary>Cold starts of this program, alone or in turns with another build of it.</summary>
internal sealed class Starts(string model, string image, int threads)
{
    /// <summary>The mode in which the program is one start and writes its figures.</summary>
    public const string OneStart = "one-start";

    /// <summary>This process as one start.</summary>
    public Task<StartFigures> OnceAsync() => StartProbe.RunAsync(model, image, new UniMedModelOptions { Device = "cpu", Threads = threads });

    /// <summary>Starts new processes and prints medians with the least and the most.</summary>
    /// <param name="rounds">Starts that count.</param>
    /// <param name="against">Another build's UniMed.CpuBench.dll; empty for none.</param>
    public void Print(int rounds, string against)
    {
        string here = Path.Combine(AppContext.BaseDirectory, "UniMed.CpuBench.dll");
        string[] programs = against.Length == 0 ? [here] : [here, Path.GetFullPath(against)];
        StartRound[][] all = StartBenchmark.Run([.. programs.Select(Command)], rounds);
        Console.WriteLine($"{rounds} starts{(all.Length == 1 ? "" : " each, in turns")}; median (least to most)");
        for (int i = 0; i < programs.Length; i++)
        {
            Console.WriteLine(programs[i]);
            Print(all[i], "process", round => round.ProcessMs, "ms");
            Print(all[i], "  model loaded in", round => round.Figures.LoadMs, "ms");
            Print(all[i], "  first question", round => round.Figures.FirstMs, "ms");
            Print(all[i], "  processor time", round => round.Figures.ProcessorMs, "ms");
            Print(all[i], "  compiler", round => round.Figures.CompilationMs, "ms");
            Print(all[i], "  methods compiled", round => round.Figures.CompiledMethods, "");
        }

        if (all.Length == 1)
            return;
        Console.WriteLine("this build / the other, pair by pair");
        Print(Ratios(all, round => round.ProcessMs), "process", ratio => ratio, "x", "0.00");
        Print(Ratios(all, round => round.Figures.ProcessorMs), "  processor time", ratio => ratio, "x", "0.00");
    }

    private static double[] Ratios(StartRound[][] all, Func<StartRound, double> figure) => [.. all[0].Zip(all[1], (here, other) => figure(here) / figure(other))];

    private static void Print<T>(T[] rounds, string name, Func<T, double> figure, string unit, string format = "0")
    {
        Spread spread = Spread.Of(rounds.Select(figure));
        string Shown(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        Console.WriteLine($"{name} {Shown(spread.Median)} {unit} ({Shown(spread.Lowest)} to {Shown(spread.Highest)})");
    }

    private string[] Command(string program) =>
        ["dotnet", program, OneStart, "--model", model, "--image", image, "--threads", threads.ToString(CultureInfo.InvariantCulture)];
}
