namespace UniMed.Cli.Streams;

/// <summary>The files that a command reads, so that it writes over none of them, however it is spelled.</summary>
internal sealed class InputFiles
{
    private readonly Dictionary<string, string> _names = [];

    /// <summary>Remembers a file.</summary>
    /// <param name="path">Its path; one that leads nowhere is not remembered.</param>
    /// <param name="what">What it is to the command, such as "the picture".</param>
    public InputFiles Add(string path, string what)
    {
        // Devices are no files: a terminal is read and written.
        if (FileFacts.Of(path) is { Kind: FileKind.Regular or FileKind.Pipe, Identity: { } identity })
            _names.TryAdd(identity, $"{what} ({path})");
        return this;
    }

    /// <summary>Remembers the file that standard input was redirected from.</summary>
    public InputFiles AddStandardInput(string what) => OperatingSystem.IsWindows() ? this : Add("/dev/stdin", what);

    /// <summary>Remembers the files of a folder.</summary>
    public InputFiles AddFolder(string folder, string what)
    {
        if (!Directory.Exists(folder))
            return this;
        foreach (string file in Directory.EnumerateFiles(folder))
            Add(file, what);
        return this;
    }

    /// <summary>Refuses an output that is one of the files.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public void RequireOther(string option, string path)
    {
        if (FileFacts.Of(path).Identity is { } identity && _names.TryGetValue(identity, out string? name))
            throw new UsageException($"{option} {path} is {name}, which would be overwritten. Name another file.");
    }
}
