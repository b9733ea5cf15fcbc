using System.Text.Json;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Demo;

/// <summary>Reads slices.json.</summary>
internal static class DemoSetFile
{
    /// <exception cref="UniMedException">It is missing or damaged.</exception>
    public static DemoSet Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), UnimedJson.Lines.DemoSet) ?? throw new JsonException("it is null");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, $"{path}: the bundled slices cannot be read: {error.Message} Restore samples/slices from the repository.", error);
        }
    }
}
