using Microsoft.Win32.SafeHandles;
using UniMed.Inference;

namespace UniMed.Cli.Streams;

/// <summary>Where a command was told to write: checked before the work begins, opened when there is something to write.</summary>
internal static class OutputPath
{
    public const string Standard = "-";

    /// <summary>True for - and for the names that standard output has among files: opened again as a file, it would start at its beginning.</summary>
    public static bool IsStandardOutput(string path) => path == Standard || (!OperatingSystem.IsWindows() && path is "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1");

    /// <summary>Checks a path that is not standard output.</summary>
    /// <returns>What is there.</returns>
    /// <exception cref="UsageException">Nothing can be written there, or an input would be overwritten.</exception>
    /// <exception cref="UniMedException">Its folder is not there.</exception>
    public static FileKind Check(string option, string path, InputFiles inputs)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
            throw new UsageException($"{option} is '{path}', which is no name. Name a file.");
        inputs.RequireOther(option, path);
        FileKind kind = FileFacts.Of(path).Kind;
        if (kind == FileKind.Folder || Path.EndsInDirectorySeparator(path))
            throw new UsageException($"{option} {path} is a folder. Name a file in it.");
        if (kind == FileKind.Other)
            throw new UsageException($"{option} {path} is a disk or a socket. Name a file, a pipe or a character device.");
        if (kind == FileKind.Missing && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new UniMedException(UniMedFailure.InvalidInput, $"{path}: the file cannot be written: there is no folder {folder}. Make it, or name another file.");
        return kind;
    }

    /// <summary>Opens a pipe or device for writing. A named pipe waits for its reader, as the shell's redirection does.</summary>
    /// <param name="path">The pipe or device.</param>
    /// <param name="wait">Told when there is something to wait for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="UniMedException">It may not be written to.</exception>
    public static async Task<SafeFileHandle> OpenDeviceAsync(string path, Action<string> wait, CancellationToken cancellationToken)
    {
        // Opening cannot be interrupted: a thread that nobody waits for any more ends with the process.
        Task<SafeFileHandle> opening = Task.Run(() => File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite), CancellationToken.None);
        try
        {
            if (await Task.WhenAny(opening, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken)) != opening)
                wait($"{path}: waiting for a program that reads this pipe.");
            return await opening.WaitAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, error);
        }
    }

    /// <summary>What is said when writing fails.</summary>
    public static UniMedException Refused(string path, Exception error) =>
        new(UniMedFailure.InvalidInput, $"{path}: the file cannot be written: {Reason(error)} Check that its folder exists, may be written to and has space.", error);

    /// <summary>What the system says, without the path that it appends to some messages.</summary>
    public static string Reason(Exception error)
    {
        int path = error.Message.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? error.Message : error.Message[..path] + ".";
    }
}
