using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>Writes a picture where the user asked for it.</summary>
internal static class OutputFile
{
    /// <exception cref="UniMedException">The disk refuses.</exception>
    public static void Write(string path, byte[] bytes)
    {
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UniMedException($"{path}: the file cannot be written: {error.Message} Check that its folder exists and may be written to.", error);
        }
    }
}
