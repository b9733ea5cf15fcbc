using System.Text.Json;

namespace UniMed.Cli.Requests;

/// <summary>Members of a request by name and type. A member that is null counts as left out; one of another type is an error that names it.</summary>
internal readonly struct MemberReader(JsonElement request)
{
    /// <exception cref="RequestException">It is neither a text nor a whole number.</exception>
    public RequestId? Id() => Find("id") switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => new RequestId(Decode("id", text), false),
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out _) => new RequestId(number.GetRawText(), true),
        { } other => throw WrongType("id", "a text or a whole number", other),
    };

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => Decode(name, text),
        { } other => throw WrongType(name, "a text", other),
    };

    public string[]? Texts(string name) => Find(name) is { } list ? TextsOf(name, list) : null;

    public JsonElement? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } found => found,
        { } other => throw WrongType(name, "an object", other),
    };

    /// <summary>The paths in image or images.</summary>
    public string[] Images()
    {
        string? one = Text("image");
        JsonElement? several = Find("images");
        if (one is not null && several is not null)
            throw new RequestException("invalid_request", "both 'image' and 'images' given. Give one of them.");
        if (several is not { } list)
            return one is null ? [] : [one];
        return TextsOf("images", list);
    }

    public int? Int32(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out int value) => value,
        { } other => throw WrongType(name, "a whole number", other),
    };

    public ulong? Seed(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetUInt64(out ulong value) => value,
        { } other => throw WrongType(name, "a whole number, 0 or above", other),
    };

    public double? Number(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out double value) => value,
        { } other => throw WrongType(name, "a number", other),
    };

    public bool? Flag(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw WrongType(name, "true or false", other),
    };

    private JsonElement? Find(string name) =>
        request.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static string[] TextsOf(string name, JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select(text => text.ValueKind == JsonValueKind.String ? Decode(name, text) : throw WrongType(name, "an array of texts only", text))]
        : throw WrongType(name, "an array of texts", list);

    private static string Decode(string name, JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new RequestException("invalid_request", $"member '{name}' is not valid Unicode. Write it in UTF-8, with whole surrogate pairs in escapes.");
        }
    }

    private static RequestException WrongType(string name, string expected, JsonElement found)
    {
        const int Shown = 40;
        string raw = found.GetRawText();
        return new RequestException("invalid_request", $"member '{name}' must be {expected}; it is {(raw.Length > Shown ? raw[..Shown] + "..." : raw)}.");
    }
}
