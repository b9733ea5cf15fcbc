#pragma warning disable
namespace UniMed.Inference.Weights;
internal static class UniMedConfigFile { public static void Write(string p, UniMedConfig c) => File.WriteAllText(p, System.Text.Json.JsonSerializer.Serialize(c, new System.Text.Json.JsonSerializerOptions { PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower, WriteIndented = true }) + "\n"); }
