using System.Runtime.CompilerServices;

namespace UniMed.Benchmarks;

/// <summary>Paths of the bundled model and slices, found from this source file: BenchmarkDotNet runs from folders of its own.</summary>
internal static class BundledFiles
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    public static string NanoModel { get; } = Path.Combine(Root, "models", "unimed-nano");

    public static string Slice { get; } = Path.Combine(Root, "tests", "golden", "evaluation", "images", "mri_axial_080.png");

    public static string GrayJpeg { get; } = Path.Combine(Here(), "gray2048.jpg");

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
