using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>A file of JSON lines that a command reads: a file, a pipe or standard input, in any Unicode encoding.</summary>
internal static class TextInput
{
    /// <summary>Standard input as a file of lines.</summary>
    public const string Standard = "-";

    /// <summary>Opens the lines as UTF-8.</summary>
    /// <param name="console">Has standard input.</param>
    /// <param name="path">The file, or <see cref="Standard"/>.</param>
    /// <param name="what">What the lines are, for messages, such as "the requests".</param>
    /// <param name="cancellationToken">Ends the wait for a pipe that nobody writes to.</param>
    /// <exception cref="UniMedException">It cannot be read.</exception>
    public static async Task<Stream> OpenAsync(CommandConsole console, string path, string what, CancellationToken cancellationToken)
    {
        if (path == Standard)
            return new UnicodeStream("standard input", console.TakeInput(what));
        if (FileFacts.Of(path).Kind == FileKind.Folder)
            throw new UniMedException(UniMedFailure.InvalidInput, $"{path}: {what} cannot be read: it is a folder. Name a file in it.");
        try
        {
            // A named pipe waits for its writer, and opening it cannot be interrupted.
            FileStream file = await Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), cancellationToken).WaitAsync(cancellationToken);
            return new UnicodeStream(path, file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, $"{path}: {what} cannot be read: {error.Message} Check the path and its permissions.", error);
        }
    }
}
