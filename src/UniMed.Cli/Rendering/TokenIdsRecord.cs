using System.Text.Json.Serialization;
using UniMed.Cli.Requests;

namespace UniMed.Cli.Rendering;

/// <summary>The line of a text in a file of texts.</summary>
internal sealed record TokenIdsRecord
{
    /// <summary>Null when the line of the text has none.</summary>
    [JsonPropertyOrder(0)]
    public RequestId? Id { get; init; }

    [JsonPropertyOrder(1)]
    public required IReadOnlyList<int> Ids { get; init; }

    [JsonPropertyOrder(2)]
    public required string Decoded { get; init; }
}
