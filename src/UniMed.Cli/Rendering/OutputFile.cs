using Microsoft.Win32.SafeHandles;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>A picture where the user asked for it: an existing file keeps its links, its owner and its mode.</summary>
/// <param name="option">The option that names it, for messages.</param>
/// <param name="path">The file, pipe or device.</param>
/// <param name="inputs">What the command reads, and the picture must not be.</param>
internal sealed class OutputFile(string option, string path, InputFiles inputs)
{
    /// <summary>Says early what would go wrong late.</summary>
    /// <exception cref="UsageException">Nothing can be written there, or an input would be overwritten.</exception>
    /// <exception cref="UniMedException">Its folder is not there.</exception>
    public void Check()
    {
        if (OutputPath.IsStandardOutput(path))
            throw new UsageException($"{option} {path} is standard output, where the answer goes. Name a file for the picture.");
        OutputPath.Check(option, path, inputs);
    }

    /// <exception cref="UniMedException">The disk refuses.</exception>
    public async Task WriteAsync(CommandConsole console, byte[] bytes, CancellationToken cancellationToken)
    {
        Check();
        FileKind kind = FileFacts.Of(path).Kind;
        try
        {
            if (kind is FileKind.Pipe or FileKind.CharacterDevice)
            {
                using SafeFileHandle device = await OutputPath.OpenDeviceAsync(path, console.Note, cancellationToken);
                using var stream = new DescriptorStream((int)device.DangerousGetHandle(), cancellationToken);
                stream.Write(bytes);
                return;
            }

            Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            if (kind == FileKind.Missing)
                File.Delete(path);
            throw OutputPath.Refused(path, error);
        }
        catch (ReaderLeftException error)
        {
            throw OutputPath.Refused(path, error);
        }
    }

    private void Write(byte[] bytes)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        stream.Write(bytes);
    }
}
