using System.Text.Json.Serialization;
using UniMed.Cli.Requests;

namespace UniMed.Cli.Rendering;

/// <summary>The line of a request that could not be answered.</summary>
internal sealed record ErrorRecord
{
    /// <summary>Null when the line does not say.</summary>
    [JsonPropertyOrder(0)]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public RequestId? Id { get; init; }

    [JsonPropertyOrder(1)]
    public string? Task { get; init; }

    [JsonPropertyOrder(2)]
    public required ErrorDetail Error { get; init; }
}

/// <summary>What went wrong.</summary>
/// <param name="Type">invalid_json, invalid_request, duplicate_id, image, model or internal.</param>
/// <param name="Message">What was expected, what was found, what to do.</param>
internal sealed record ErrorDetail(string Type, string Message);
