using UniMed.Tests;

namespace UniMed.Fuzz;

/// <summary>Inputs kept with the harness, one folder for each target.</summary>
internal static class Corpus
{
    /// <summary>The files kept for a target, in a fixed order.</summary>
    public static IEnumerable<string> Of(string target) =>
        Directory.EnumerateFiles(Path.Combine(Golden.Root, "tests", "UniMed.Fuzz", "Corpus", target)).Order(StringComparer.Ordinal);
}
