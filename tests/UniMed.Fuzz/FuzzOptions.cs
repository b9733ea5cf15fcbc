using System.Globalization;

namespace UniMed.Fuzz;

/// <summary>The command line.</summary>
/// <param name="Targets">The chosen targets.</param>
/// <param name="Engine">Null for the built-in mutator, or <c>libfuzzer</c> or <c>afl</c>.</param>
/// <param name="Runs">Mutated inputs for each target.</param>
/// <param name="Seed">Seed of the mutator.</param>
/// <param name="CorpusFolder">A folder with further inputs, or null.</param>
internal sealed record FuzzOptions(IReadOnlyList<IFuzzTarget> Targets, string? Engine, int Runs, int Seed, string? CorpusFolder)
{
    public static string Usage { get; } = $"""
        Usage: UniMed.Fuzz <target>|all [--runs N] [--seed S] [--corpus DIR]
               UniMed.Fuzz <target> --libfuzzer|--afl
        Targets: {string.Join(", ", FuzzTargets.All.Select(t => t.Name))}
          --runs N      mutated inputs for each target (default 10000); the corpus itself always runs first
          --seed S      the same seed gives the same inputs (default 1)
          --corpus DIR  further inputs, such as a saved failure
          --libfuzzer   serve a libfuzzer-dotnet driver; --afl: serve afl-fuzz (both need an instrumented UniMed.Inference.dll)
        """;

    /// <summary>Reads the command line; null, with a reason, when it is not understood.</summary>
    public static FuzzOptions? Parse(string[] arguments, out string problem)
    {
        problem = "";
        // A libfuzzer-dotnet driver hands over everything as one argument (--target_arg="<target> --libfuzzer").
        if (arguments is [var all])
            arguments = all.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string name = arguments.Length > 0 ? arguments[0] : "";
        IReadOnlyList<IFuzzTarget> targets = name == "all" ? FuzzTargets.All : [.. FuzzTargets.All.Where(t => t.Name == name)];
        var options = new FuzzOptions(targets, Engine: null, Runs: 10_000, Seed: 1, CorpusFolder: null);
        if (targets.Count == 0)
            problem = $"There is no target '{name}'.";
        for (int i = 1; i < arguments.Length && problem.Length == 0; i++)
        {
            string option = arguments[i];
            if (option is "--libfuzzer" or "--afl")
            {
                options = options with { Engine = option[2..] };
                continue;
            }

            string? value = ++i < arguments.Length ? arguments[i] : null;
            bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            switch (option)
            {
                case "--runs" when isNumber:
                    options = options with { Runs = number };
                    break;
                case "--seed" when isNumber:
                    options = options with { Seed = number };
                    break;
                case "--corpus" when Directory.Exists(value):
                    options = options with { CorpusFolder = value };
                    break;
                default:
                    problem = $"'{option} {value}' is not understood.";
                    break;
            }
        }

        if (problem.Length == 0 && options.Engine is not null && targets.Count > 1)
            problem = "A fuzzing engine drives one target, not all.";
        if (problem.Length == 0 && options.Engine == "libfuzzer" && Environment.GetEnvironmentVariable("__LIBFUZZER_SHM_ID") is null)
            problem = "--libfuzzer is for a libfuzzer-dotnet driver, which starts this program itself; README.md shows how.";
        return problem.Length == 0 ? options : null;
    }
}
