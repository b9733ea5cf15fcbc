using System.Globalization;

namespace UniMed.Bench.Start;

/// <summary>What one process says of its start: a model loaded and a first question answered.</summary>
/// <param name="LoadMs">Loading the model.</param>
/// <param name="FirstMs">The first question, its picture decoded.</param>
/// <param name="CompilationMs">What the runtime's compiler took, all threads together; 0 ahead of time.</param>
/// <param name="CompiledMethods">Methods that were compiled; 0 ahead of time.</param>
/// <param name="ProcessorMs">Processor time of the process up to here, user and system, all threads together.</param>
internal sealed record StartFigures(double LoadMs, double FirstMs, double CompilationMs, long CompiledMethods, double ProcessorMs)
{
    private const string Mark = "start:";
    private const int Count = 5;

    /// <summary>One line for the process that asked for it.</summary>
    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Mark} {LoadMs:0.000} {FirstMs:0.000} {CompilationMs:0.000} {CompiledMethods} {ProcessorMs:0.000}");

    /// <summary>Finds the line in what a process wrote.</summary>
    /// <exception cref="FormatException">There is none, or it is not whole.</exception>
    public static StartFigures Read(string output)
    {
        string line = output.Split('\n').FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal))
            ?? throw new FormatException($"Expected a line that begins with '{Mark}', found: {output.Trim()}");
        string[] numbers = line[Mark.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (numbers.Length != Count)
            throw new FormatException($"Expected {Count} numbers behind '{Mark}', found {numbers.Length}: {line.Trim()}");
        double At(int i) => double.Parse(numbers[i], CultureInfo.InvariantCulture);
        return new StartFigures(At(0), At(1), At(2), long.Parse(numbers[3], CultureInfo.InvariantCulture), At(4));
    }
}
