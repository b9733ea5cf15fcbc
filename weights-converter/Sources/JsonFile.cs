using System.Text.Json;
using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Bytes;

namespace UniMed.WeightsConverter.Sources;

/// <summary>A small JSON object with typed access to its properties; every error names the file and the property.</summary>
internal sealed class JsonFile
{
    private const long MaxBytes = 64L << 20;
    private const int MaxCharacters = 100;

    private JsonFile(string name, JsonElement root)
    {
        Name = name;
        Root = root;
    }

    /// <summary>File name without its folder, and the property path where it is a part of a file.</summary>
    public string Name { get; }

    /// <summary>The object.</summary>
    public JsonElement Root { get; }

    /// <summary>Reads a file whose root is an object.</summary>
    /// <exception cref="ConversionException">The file is missing, is not JSON, or is not an object.</exception>
    public static JsonFile Read(string path)
    {
        using FileByteSource source = FileByteSource.Open(path);
        if (source.Length > MaxBytes)
            throw new ConversionException($"{source.Name} has {source.Length} bytes; at most {MaxBytes} are read as JSON.");
        var bytes = new byte[source.Length];
        source.Read(0, bytes);
        ReadOnlyMemory<byte> text = bytes.AsMemory(bytes.Length - JsonText.WithoutMark(bytes).Length);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ConversionException($"{source.Name} holds JSON, but not an object.");
            return new JsonFile(source.Name, document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new ConversionException($"{path}: {ForeignFile.Recognize(bytes, "JSON") ?? $"This is not valid JSON: {e.Message} Fetch the file again, or correct it."}", e);
        }
    }

    /// <summary>The object in a property, or null when it is not there.</summary>
    public JsonFile? Child(string property) => Root.TryGetProperty(property, out JsonElement value) && value.ValueKind == JsonValueKind.Object
        ? new JsonFile($"{Name} \"{property}\"", value)
        : null;

    /// <summary>A positive integer, or the default when the property is absent or null.</summary>
    /// <exception cref="ConversionException">It is absent without a default, or is not a positive integer up to <paramref name="max"/>.</exception>
    public int Int(string property, int? defaultValue = null, int max = int.MaxValue)
    {
        if (!TryFind(property, out JsonElement value))
            return defaultValue ?? throw new ConversionException($"{Name}: \"{property}\" is missing.");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number > 0 && number <= max
            ? number
            : throw new ConversionException($"{Name}: \"{property}\" is {Describe(value)}; a whole number from 1 to {max} is expected.");
    }

    /// <summary>Token ids: one, or the items of a list; none when the property is absent or null, and without negative ones (some configurations write -1 for none).</summary>
    /// <exception cref="ConversionException">A value is not a whole number.</exception>
    public IReadOnlyList<int> TokenIds(string property)
    {
        if (!TryFind(property, out JsonElement value))
            return [];
        var ids = new List<int>();
        foreach (JsonElement item in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : (JsonElement[])[value])
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out int id))
                throw new ConversionException($"{Name}: \"{property}\" is {Describe(value)}; a token id is expected, a whole number.");
            if (id >= 0 && !ids.Contains(id))
                ids.Add(id);
        }

        return ids;
    }

    /// <summary>A positive number, or the default when the property is absent or null.</summary>
    public double Double(string property, double? defaultValue = null)
    {
        if (!TryFind(property, out JsonElement value))
            return defaultValue ?? throw new ConversionException($"{Name}: \"{property}\" is missing.");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) && number > 0
            ? number
            : throw new ConversionException($"{Name}: \"{property}\" is {Describe(value)}; a positive number is expected.");
    }

    /// <summary>A truth value, or the default when the property is absent or null.</summary>
    public bool Bool(string property, bool defaultValue)
    {
        if (!TryFind(property, out JsonElement value))
            return defaultValue;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new ConversionException($"{Name}: \"{property}\" is {Describe(value)}; true or false is expected.");
    }

    /// <summary>A string, or null when the property is absent or null.</summary>
    public string? Text(string property)
    {
        if (!TryFind(property, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new ConversionException($"{Name}: \"{property}\" is {Describe(value)}; a string is expected.");
    }

    /// <summary>A value as the file spells it, with its type where the spelling alone may mislead.</summary>
    public static string Describe(JsonElement value)
    {
        string text = value.GetRawText().ReplaceLineEndings(" ");
        if (text.Length > MaxCharacters)
            text = text[..MaxCharacters] + "...";
        return value.ValueKind switch
        {
            JsonValueKind.String => $"{text} (a string)",
            JsonValueKind.Number => text.AsSpan().IndexOfAny(".eE") < 0 ? $"{text} (an integer)" : $"{text} (a float)",
            JsonValueKind.True or JsonValueKind.False => $"{text} (a truth value)",
            JsonValueKind.Array => $"{text} (a list)",
            JsonValueKind.Object => $"{text} (an object)",
            _ => text,
        };
    }

    /// <summary>True when the property is there and not null.</summary>
    public bool Has(string property) => TryFind(property, out _);

    private bool TryFind(string property, out JsonElement value) => Root.TryGetProperty(property, out value) && value.ValueKind != JsonValueKind.Null;
}
