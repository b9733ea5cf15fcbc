using System.Runtime.CompilerServices;

namespace UniMed.Tests;

/// <summary>Paths of the golden files and of the bundled model, found from this source file so that tests run from any folder.</summary>
internal static class Golden
{
    /// <summary>The repository's root folder.</summary>
    public static string Root { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(Here(), ".."));

    /// <summary>The small trained model that comes with the repository.</summary>
    public static string NanoModel { get; } = System.IO.Path.Combine(Root, "models", "unimed-nano");

    /// <summary>A file or folder below tests/golden.</summary>
    public static string Path(params string[] parts) =>
        System.IO.Path.Combine([Root, "tests", "golden", .. parts]);

    private static string Here([CallerFilePath] string file = "") => System.IO.Path.GetDirectoryName(file)!;
}
