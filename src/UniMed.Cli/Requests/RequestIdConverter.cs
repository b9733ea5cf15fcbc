using System.Text.Json;
using System.Text.Json.Serialization;

namespace UniMed.Cli.Requests;

/// <summary>Writes ids as the text or number they were.</summary>
internal sealed class RequestIdConverter : JsonConverter<RequestId>
{
    /// <exception cref="NotSupportedException">Always: <see cref="MemberReader.Id"/> reads ids.</exception>
    public override RequestId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Answers are written, not read.");

    public override void Write(Utf8JsonWriter writer, RequestId value, JsonSerializerOptions options)
    {
        if (value.IsNumber)
            writer.WriteRawValue(value.Value);
        else
            writer.WriteStringValue(value.Value);
    }
}
