using System.Text.Json;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>
/// Reads the regular subset of JSON Schema: objects whose properties are all required, in their order; strings with minLength and maxLength; integers with minimum and maximum; numbers,
/// booleans, null; arrays with minItems and maxItems; enum and const of scalars; several types at once. Annotations are passed over. Anything else is refused by its name and where it stands.
/// A string without maxLength and an array without maxItems get the bounds of <see cref="ConstraintLimits"/>: a model that does not end them would fill the answer.
/// </summary>
/// <remarks>Schemas are untrusted input: depth and size are bounded. Thread-safe.</remarks>
internal static class JsonSchemaReader
{
    private const int MaxDepth = 64;

    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    };

    /// <summary>The texts that satisfy a schema.</summary>
    /// <exception cref="UniMedException">It is not in the subset.</exception>
    public static Grammar Read(JsonElement schema)
    {
        try
        {
            var strings = new UnboundedStrings(ConstraintLimits.DefaultMaxLength);
            Grammar read = Value(schema, "#", 0, strings);
            // How many there are to share the characters is known once all are read.
            return strings.SharedLength == strings.MaxLength ? read : Value(schema, "#", 0, new UnboundedStrings(strings.SharedLength));
        }
        catch (InvalidOperationException error)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, "The JSON schema holds a text that is not valid Unicode. Write surrogate pairs whole.", error);
        }
    }

    private static Grammar Value(JsonElement schema, string path, int depth, UnboundedStrings strings)
    {
        if (depth > MaxDepth)
            throw Refused(path, $"is nested more than {MaxDepth} deep", "Make the schema flatter");
        if (schema.ValueKind != JsonValueKind.Object)
            throw Refused(path, $"is {Shown(schema)} and not a schema with a type", "Write an object");
        Dictionary<string, JsonElement> keywords = Keywords(schema, path);
        if (keywords.Remove("const", out JsonElement constant))
            return Listed([constant], $"{path}/const", keywords, path);
        if (keywords.Remove("enum", out JsonElement values))
        {
            return values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0
                ? Listed([.. values.EnumerateArray()], $"{path}/enum", keywords, path)
                : throw Refused($"{path}/enum", $"is {Shown(values)}", "Write a list of values");
        }

        string[] types = Types(keywords, path) ?? throw NoType(keywords, path);
        Grammar[] alternatives = [.. types.Select(type => OfType(type, keywords, path, depth, strings))];
        return Only(Grammar.OneOf(alternatives), keywords, path);
    }

    /// <summary>Keywords by name, without those that only describe.</summary>
    private static Dictionary<string, JsonElement> Keywords(JsonElement schema, string path)
    {
        var keywords = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            if (!Annotations.Contains(keyword.Name) && !keywords.TryAdd(keyword.Name, keyword.Value))
                throw Refused($"{path}/{keyword.Name}", "is given twice", "Remove one");
        }

        return keywords;
    }

    /// <summary>The types named; null when none is.</summary>
    private static string[]? Types(Dictionary<string, JsonElement> keywords, string path)
    {
        if (!keywords.Remove("type", out JsonElement type))
            return null;
        string[] types = type.ValueKind switch
        {
            JsonValueKind.String => [type.GetString()!],
            JsonValueKind.Array when type.GetArrayLength() > 0 && type.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) => [.. type.EnumerateArray().Select(one => one.GetString()!)],
            _ => throw Refused($"{path}/type", $"is {Shown(type)}", "Write the name of a type, or a list of them"),
        };
        return types.Distinct(StringComparer.Ordinal).Count() == types.Length ? types : throw Refused($"{path}/type", "names a type twice", "Remove one");
    }

    private static Grammar OfType(string type, Dictionary<string, JsonElement> keywords, string path, int depth, UnboundedStrings strings)
    {
        switch (type)
        {
            case "object":
                return Object(keywords, path, depth, strings);
            case "array":
                return Array(keywords, path, depth, strings);
            case "string":
                int least = Count(keywords, "minLength", path) ?? 0;
                int? given = Count(keywords, "maxLength", path);
                if (given is null)
                    strings.Add();
                int most = given ?? Math.Max(least, strings.MaxLength);
                return least <= most ? JsonGrammar.String(least, most) : throw Refused($"{path}/minLength", $"is {least}, above maxLength {most}", "Swap them");
            case "integer":
                long smallest = Integer(keywords, "minimum", path) ?? long.MinValue;
                long largest = Integer(keywords, "maximum", path) ?? long.MaxValue;
                return smallest <= largest ? IntegerGrammar.Between(smallest, largest) : throw Refused($"{path}/minimum", $"is {smallest}, above maximum {largest}", "Swap them");
            case "number":
                return JsonGrammar.Number;
            case "boolean":
                return Grammar.OneOf(Grammar.Text("true"), Grammar.Text("false"));
            case "null":
                return Grammar.Text("null");
            default:
                throw Refused($"{path}/type", $"is '{type}'", "The types are object, array, string, integer, number, boolean and null");
        }
    }

    private static Grammar Object(Dictionary<string, JsonElement> keywords, string path, int depth, UnboundedStrings strings)
    {
        if (keywords.Remove("additionalProperties", out JsonElement additional) && additional.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw Refused($"{path}/additionalProperties", $"is {Shown(additional)}", "No other properties are ever written: leave it out, or make it false");
        var members = new List<(string Name, Grammar Value)>();
        if (keywords.Remove("properties", out JsonElement properties))
        {
            if (properties.ValueKind != JsonValueKind.Object)
                throw Refused($"{path}/properties", $"is {Shown(properties)}", "Write an object of schemas");
            foreach (JsonProperty property in properties.EnumerateObject())
            {
                string at = $"{path}/properties/{property.Name}";
                if (members.Exists(member => member.Name == property.Name))
                    throw Refused(at, "is given twice", "Remove one");
                members.Add((property.Name, Value(property.Value, at, depth + 1, strings)));
            }
        }

        RequireAll(keywords, members, path);
        return JsonGrammar.Object(members);
    }

    private static void RequireAll(Dictionary<string, JsonElement> keywords, List<(string Name, Grammar Value)> members, string path)
    {
        var required = new HashSet<string>(StringComparer.Ordinal);
        if (keywords.Remove("required", out JsonElement names))
        {
            if (names.ValueKind != JsonValueKind.Array || names.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
                throw Refused($"{path}/required", $"is {Shown(names)}", "Write a list of names");
            required.UnionWith(names.EnumerateArray().Select(name => name.GetString()!));
        }

        foreach ((string name, _) in members)
        {
            if (!required.Remove(name))
                throw Refused($"{path}/properties/{name}", "is not required", "Every property is always written: add it to required, and let its type include null if it may be missing");
        }

        if (required.Count > 0)
            throw Refused($"{path}/required", $"names '{required.First()}', which is not in properties", "Describe it there");
    }

    private static Grammar Array(Dictionary<string, JsonElement> keywords, string path, int depth, UnboundedStrings strings)
    {
        if (!keywords.Remove("items", out JsonElement items))
            throw Refused(path, "is an array without items", "Give the schema of its elements");
        int least = Count(keywords, "minItems", path) ?? 0;
        int most = Count(keywords, "maxItems", path) ?? Math.Max(least, ConstraintLimits.DefaultMaxItems);
        return least <= most
            ? JsonGrammar.Array(strings.InArray(most, () => Value(items, $"{path}/items", depth + 1, strings)), least, most)
            : throw Refused($"{path}/minItems", $"is {least}, above maxItems {most}", "Swap them");
    }

    /// <summary>The values of an enum or const; a type beside them must be theirs.</summary>
    private static Grammar Listed(JsonElement[] values, string at, Dictionary<string, JsonElement> keywords, string path)
    {
        string[]? types = Types(keywords, path);
        return Only(Grammar.OneOf([.. values.Select(value => Scalar(value, types, at))]), keywords, path);
    }

    private static Grammar Scalar(JsonElement value, string[]? types, string at)
    {
        (string type, string text) = value.ValueKind switch
        {
            JsonValueKind.String => ("string", JsonGrammar.Quoted(value.GetString()!)),
            JsonValueKind.Number => (value.GetRawText().AsSpan().ContainsAny(".eE") ? "number" : "integer", value.GetRawText()),
            JsonValueKind.True or JsonValueKind.False => ("boolean", value.GetRawText()),
            JsonValueKind.Null => ("null", value.GetRawText()),
            _ => throw Refused(at, $"has {Shown(value)}", "Only texts, numbers, true, false and null can be listed"),
        };
        bool fits = types is null || types.Contains(type, StringComparer.Ordinal) || (type == "integer" && types.Contains("number", StringComparer.Ordinal));
        return fits ? Grammar.Text(text) : throw Refused(at, $"has {Shown(value)}, which is not of the type beside it", "Correct one of them");
    }

    private static int? Count(Dictionary<string, JsonElement> keywords, string name, string path) => !keywords.Remove(name, out JsonElement count)
        ? null
        : count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out int value) && value >= 0
            ? value
            : throw Refused($"{path}/{name}", $"is {Shown(count)}", "Write a whole number, 0 or above");

    private static long? Integer(Dictionary<string, JsonElement> keywords, string name, string path) => !keywords.Remove(name, out JsonElement bound)
        ? null
        : bound.ValueKind == JsonValueKind.Number && bound.TryGetInt64(out long value)
            ? value
            : throw Refused($"{path}/{name}", $"is {Shown(bound)}", "Write a whole number of 64 bits");

    /// <summary>The grammar, when no keyword is left that nothing was made of.</summary>
    private static Grammar Only(Grammar grammar, Dictionary<string, JsonElement> keywords, string path)
    {
        return keywords.Count == 0 ? grammar : throw OutsideTheSubset(keywords, path);
    }

    private static UniMedException NoType(Dictionary<string, JsonElement> keywords, string path) =>
        // A keyword that the subset has not says more than the type that is missing with it.
        keywords.Count == 0 ? Refused(path, "has no type", "Give it a type, an enum or a const") : OutsideTheSubset(keywords, path);

    private static UniMedException OutsideTheSubset(Dictionary<string, JsonElement> keywords, string path) => Refused(
        $"{path}/{keywords.Keys.First()}",
        "is not in the subset of JSON Schema that answers can be constrained to, or does not belong to this type",
        "The subset has type, properties, required, additionalProperties, items, minItems, maxItems, minLength, maxLength, minimum and maximum of integers, enum and const");

    private static string Shown(JsonElement value)
    {
        const int MaxShown = 40;
        string raw = value.GetRawText();
        return raw.Length > MaxShown ? raw[..MaxShown] + "..." : raw;
    }

    private static UniMedException Refused(string path, string what, string doThis) => new(UniMedFailure.InvalidInput, $"The JSON schema cannot be used: {path} {what}. {doThis}.");
}
