using System.Text.Json;

namespace UniMed.Inference.Weights;

/// <summary>Reads and writes config.json of a model folder.</summary>
public static class UniMedConfigFile
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Reads a config.json.</summary>
    public static UniMedConfig Read(string path) => JsonSerializer.Deserialize<UniMedConfig>(File.ReadAllText(path), Options)!;

    /// <summary>Writes a config.json.</summary>
    public static void Write(string path, UniMedConfig config) => File.WriteAllText(path, JsonSerializer.Serialize(config, Options) + "\n");
}
