using System.Text.Json;

namespace UniMed.Inference.Weights;

/// <summary>The members of one JSON object of <c>config.json</c>: those that are expected, each once, and no other. What is wrong is named by its place in the file.</summary>
/// <remarks>
/// Every member must be present, also one that has a default in C#: the file is written whole by a program. Read from the document, not by a generated contract: all of that would be
/// compiled at every start, for one small file.
/// </remarks>
internal sealed class UniMedConfigMembers
{
    private readonly string _file;
    private readonly string _prefix;
    private readonly string[] _names;
    private readonly JsonElement[] _values;

    /// <summary>Takes an object apart.</summary>
    /// <param name="file">Path, for messages.</param>
    /// <param name="element">The object.</param>
    /// <param name="place">Where it stands; empty for the whole file.</param>
    /// <param name="names">Its members, in the order in which a missing one is looked for.</param>
    /// <exception cref="UniMedException">A member is unknown, missing or doubled, or the value is no object.</exception>
    public UniMedConfigMembers(string file, JsonElement element, string place, string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: {(place.Length == 0 ? "the file" : place)} must be a JSON object, found {element.ValueKind}.");
        _file = file;
        _prefix = place.Length == 0 ? "" : place + ".";
        _names = names;
        _values = new JsonElement[names.Length];
        foreach (JsonProperty member in element.EnumerateObject())
        {
            int at = Array.IndexOf(names, member.Name);
            if (at < 0)
                throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: unknown member {SafetensorsException.Quote(_prefix + member.Name)}. Remove it, or update UniMed: a newer unimed-convert may have written it.");
            if (_values[at].ValueKind != JsonValueKind.Undefined)
                throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: the member {SafetensorsException.Quote(_prefix + member.Name)} stands there twice.");
            _values[at] = member.Value;
        }

        for (int i = 0; i < names.Length; i++)
        {
            if (_values[i].ValueKind == JsonValueKind.Undefined)
                throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: the member '{_prefix}{names[i]}' is missing. Add it, or convert the model again with unimed-convert.");
        }
    }

    /// <summary>An object.</summary>
    public UniMedConfigMembers Object(string name, string[] names) => new(_file, Value(name), _prefix + name, names);

    /// <summary>A list of objects.</summary>
    public UniMedConfigMembers[] Objects(string name, string[] names)
    {
        JsonElement list = List(name, "a list of objects");
        var objects = new UniMedConfigMembers[list.GetArrayLength()];
        for (int i = 0; i < objects.Length; i++)
            objects[i] = new UniMedConfigMembers(_file, list[i], $"{_prefix}{name}[{i}]", names);
        return objects;
    }

    /// <summary>A text.</summary>
    public string Text(string name)
    {
        JsonElement value = Value(name);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, value, "a text");
    }

    /// <summary>A whole number.</summary>
    public int Int32(string name)
    {
        JsonElement value = Value(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Wrong(name, value, $"a whole number from {int.MinValue} to {int.MaxValue}");
    }

    /// <summary>A whole number that may be a large one.</summary>
    public long Int64(string name)
    {
        JsonElement value = Value(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : throw Wrong(name, value, $"a whole number from {long.MinValue} to {long.MaxValue}");
    }

    /// <summary>A number.</summary>
    public double Double(string name)
    {
        JsonElement value = Value(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : throw Wrong(name, value, "a number");
    }

    /// <summary>true or false.</summary>
    public bool Bool(string name)
    {
        JsonElement value = Value(name);
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, value, "true or false"),
        };
    }

    /// <summary>A list of numbers.</summary>
    public float[] Floats(string name)
    {
        JsonElement list = List(name, "a list of numbers");
        float[] numbers = new float[list.GetArrayLength()];
        for (int i = 0; i < numbers.Length; i++)
        {
            JsonElement value = list[i];
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetSingle(out numbers[i]))
                throw Wrong($"{name}[{i}]", value, "a number");
        }

        return numbers;
    }

    /// <summary>An option of the connector.</summary>
    public T Option<T>(OptionSpelling<T> spelling)
        where T : struct =>
        spelling.Read(Value(spelling.Option));

    /// <summary>An option of the connector that may be null.</summary>
    public T? OptionOrNull<T>(OptionSpelling<T> spelling)
        where T : struct
    {
        JsonElement value = Value(spelling.Option);
        return value.ValueKind == JsonValueKind.Null ? null : spelling.Read(value);
    }

    private JsonElement Value(string name) => _values[Array.IndexOf(_names, name)];

    private JsonElement List(string name, string expected)
    {
        JsonElement list = Value(name);
        return list.ValueKind == JsonValueKind.Array ? list : throw Wrong(name, list, expected);
    }

    private JsonException Wrong(string name, JsonElement value, string expected) =>
        new($"{_prefix}{name} is {SafetensorsException.Quote(value.GetRawText())}; expected {expected}.");
}
