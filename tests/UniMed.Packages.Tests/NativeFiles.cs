namespace UniMed.Packages.Tests;

/// <summary>Tells native libraries in a published folder: only UniMed's own may be there, and what .NET itself brings.</summary>
internal static class NativeFiles
{
    private static readonly string[] Endings = [".so", ".dylib", ".a"];

    /// <summary>Whether a file is a native library that neither UniMed nor .NET's runtime brings.</summary>
    public static bool IsForeign(string path)
    {
        string name = Path.GetFileName(path);
        return Endings.Contains(Path.GetExtension(name)) && !name.StartsWith("libunimed", StringComparison.Ordinal)
            && !name.StartsWith("libSystem.", StringComparison.Ordinal) && !name.StartsWith("libclr", StringComparison.Ordinal)
            && !name.StartsWith("libcoreclr", StringComparison.Ordinal) && !name.StartsWith("libhost", StringComparison.Ordinal)
            && !name.StartsWith("libmscor", StringComparison.Ordinal);
    }
}
