using System.Text.Json.Serialization;

namespace UniMed.Inference.Weights;

/// <summary>Generated JSON contract of <c>config.json</c>: snake_case names, nothing unknown, nothing twice, no null where none is allowed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true,
    IndentSize = 2,
    NewLine = "\n",
    MaxDepth = 16)]
[JsonSerializable(typeof(UniMedConfig))]
internal sealed partial class UniMedConfigJson : JsonSerializerContext;
