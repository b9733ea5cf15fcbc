using System.Text.Json;
using System.Text.Json.Serialization;
using UniMed.Inference.Weights;

namespace UniMed.Inference;

/// <summary>Reads and writes an option of the connector as <c>config.json</c> spells it; nothing else is accepted. Thread-safe.</summary>
/// <typeparam name="T"><see cref="ProjectorType"/>, <see cref="ResampleMethod"/>, <see cref="RouterType"/> or <see cref="RouterMethod"/>.</typeparam>
public sealed class ConnectorOptionJsonConverter<T> : JsonConverter<T>
    where T : struct
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">The value is no spelling of the option; the message names it and lists them.</exception>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        OptionSpelling<T> spelling = ConnectorSpelling.Of<T>();
        JsonElement value = JsonElement.ParseValue(ref reader);
        string? word = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (word is not null && spelling.TryParse(word, out T parsed))
            return parsed;
        string found = word is null ? value.GetRawText() : SafetensorsException.Quote(word);
        throw new JsonException($"connector.{spelling.Option} is {found}; expected {spelling.Choices}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(ConnectorSpelling.Of<T>().Name(value));
    }
}
