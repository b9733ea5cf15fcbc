using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using UniMed.Inference.Generation.Constraints;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>The subset of JSON Schema checked the other way round: a text is parsed first, and its values are looked at then.</summary>
internal static partial class JsonCheck
{
    /// <summary>True when the text is JSON of the schema, written as constrained answers are.</summary>
    public static bool Satisfies(string text, JsonElement schema)
    {
        string outside = Strings().Replace(text, "S");
        if (White().IsMatch(outside.Replace(", ", ",", StringComparison.Ordinal).Replace(": ", ":", StringComparison.Ordinal)) || EscapedSurrogate().IsMatch(text))
            return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return Satisfies(document.RootElement, schema);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            return false;
        }
    }

    private static bool Satisfies(JsonElement value, JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out JsonElement listed))
            return listed.EnumerateArray().Any(one => Is(value, one));
        if (schema.TryGetProperty("const", out JsonElement constant))
            return Is(value, constant);
        JsonElement type = schema.GetProperty("type");
        return type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => IsOf(one.GetString()!, value, schema))
            : IsOf(type.GetString()!, value, schema);
    }

    /// <summary>Listed values have one spelling.</summary>
    private static bool Is(JsonElement value, JsonElement listed) => value.ValueKind == listed.ValueKind
        && (value.ValueKind == JsonValueKind.String ? value.GetRawText() == JsonSerializer.Serialize(listed.GetString()) : value.GetRawText() == listed.GetRawText());

    private static bool IsOf(string type, JsonElement value, JsonElement schema)
    {
        string raw = value.GetRawText();
        return type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object && HasMembers(value, schema),
            "array" => value.ValueKind == JsonValueKind.Array
                && value.GetArrayLength() >= Number(schema, "minItems", 0) && value.GetArrayLength() <= Number(schema, "maxItems", ConstraintLimits.DefaultMaxItems)
                && value.EnumerateArray().All(item => Satisfies(item, schema.GetProperty("items"))),
            "string" => value.ValueKind == JsonValueKind.String
                && value.GetString()!.EnumerateRunes().Count() is int count && count >= Number(schema, "minLength", 0) && count <= Number(schema, "maxLength", ConstraintLimits.DefaultMaxLength),
            "integer" => value.ValueKind == JsonValueKind.Number && Integers().IsMatch(raw)
                && BigInteger.Parse(raw, System.Globalization.CultureInfo.InvariantCulture) is BigInteger number
                && number >= Number(schema, "minimum", long.MinValue) && number <= Number(schema, "maximum", long.MaxValue),
            "number" => value.ValueKind == JsonValueKind.Number && Numbers().IsMatch(raw),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            _ => value.ValueKind == JsonValueKind.Null,
        };
    }

    private static bool HasMembers(JsonElement value, JsonElement schema)
    {
        JsonProperty[] wanted = schema.TryGetProperty("properties", out JsonElement properties) ? [.. properties.EnumerateObject()] : [];
        JsonProperty[] members = [.. value.EnumerateObject()];
        return members.Length == wanted.Length && members.Zip(wanted).All(pair => pair.First.Name == pair.Second.Name && Satisfies(pair.First.Value, pair.Second.Value));
    }

    private static long Number(JsonElement schema, string name, long otherwise) => schema.TryGetProperty(name, out JsonElement number) ? number.GetInt64() : otherwise;

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"
        """)]
    private static partial Regex Strings();

    [GeneratedRegex(@"\s")]
    private static partial Regex White();

    [GeneratedRegex(@"\\u[dD][89a-fA-F]")]
    private static partial Regex EscapedSurrogate();

    [GeneratedRegex(@"\A(?:0|-?[1-9][0-9]*)\z")]
    private static partial Regex Integers();

    [GeneratedRegex(@"\A-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?\z")]
    private static partial Regex Numbers();
}
