namespace UniMed.WeightsConverter.Commands;

/// <summary>The file of --report: its place is checked before the conversion, so that an hour's work does not end with a path that cannot be written.</summary>
internal static class ReportFile
{
    /// <summary>Checks that the place can be written and is not a source.</summary>
    /// <exception cref="ConversionException">It cannot, or it is.</exception>
    public static void Check(string? path, ConversionRequest request)
    {
        if (path is null)
            return;
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new ConversionException($"--report {path} is a folder; name a file.");
        string[] sources = [Path.GetFullPath(request.VisionPath), Path.GetFullPath(request.CheckpointPath)];
        if (sources.Contains(full) || IsWithin(full, request.LanguageFolder))
            throw new ConversionException($"--report {path} would write over a source or into the language model's folder. Name another file.");
        // The output folder itself is there when the report is.
        if (!Directory.Exists(Path.GetDirectoryName(full)) && !IsWithin(full, request.OutputFolder))
            throw new ConversionException($"--report {path}: its folder does not exist. Make it, or name another file.");
    }

    /// <summary>Writes the report.</summary>
    /// <exception cref="ConversionException">The disk refuses; the model was written.</exception>
    public static void Write(string path, string text, ConversionRequest request)
    {
        try
        {
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConversionException($"The model was converted to {request.OutputFolder}, but the report {path} cannot be written: {e.Message}", e);
        }
    }

    private static bool IsWithin(string full, string folder) =>
        full.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
