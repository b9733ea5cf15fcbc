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
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ConnectorSpelling.Of<T>().Read(JsonElement.ParseValue(ref reader));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(ConnectorSpelling.Of<T>().Name(value));
    }
}
