using System.Text.Json.Serialization;

namespace UniMed.Cli.Requests;

/// <summary>What the writer of a request file calls a request: a text or a whole number, given back as it was.</summary>
/// <param name="Value">The text, or the number's digits.</param>
/// <param name="IsNumber">True for a number: 1 and "1" are two requests.</param>
[JsonConverter(typeof(RequestIdConverter))]
internal readonly record struct RequestId(string Value, bool IsNumber);
