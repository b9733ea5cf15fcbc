namespace UniMed.Cli;

/// <summary>Finds what comes with UniMed by walking up from the current folder, then from the program's own.</summary>
internal static class BundledFiles
{
    /// <summary>How the default of --model is told in help texts.</summary>
    public const string ModelSearch = "default: models/unimed-nano, looked for in the current folder and above it, then in the program's folder and above it";

    private static string[] Starts => [Environment.CurrentDirectory, AppContext.BaseDirectory];

    /// <summary>The small trained model; null when there is none.</summary>
    public static string? FindModel() => Path.GetDirectoryName(Find(Path.Combine("models", "unimed-nano", "config.json")));

    /// <summary>slices.json of the bundled slices; null when there is none.</summary>
    public static string? FindSlices() => Find(Path.Combine("samples", "slices", "slices.json"));

    private static string? Find(string relative)
    {
        foreach (string start in Starts)
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, relative);
                if (File.Exists(candidate))
                    return candidate;
            }
        }

        return null;
    }
}
