using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using UniMed.Bench;
using UniMed.Bench.Serving;
using UniMed.Cli.Demo;

namespace UniMed.Cli.Rendering;

/// <summary>Everything the command line writes and reads as JSON.</summary>
[JsonSerializable(typeof(AnswerRecord))]
[JsonSerializable(typeof(LocateRecord))]
[JsonSerializable(typeof(ClassifyRecord))]
[JsonSerializable(typeof(ErrorRecord))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(InfoRecord))]
[JsonSerializable(typeof(DevicesRecord))]
[JsonSerializable(typeof(BenchRecord))]
[JsonSerializable(typeof(ServingBenchRecord))]
[JsonSerializable(typeof(DemoRecord))]
[JsonSerializable(typeof(DemoSet))]
[JsonSerializable(typeof(TokensRecord))]
[JsonSerializable(typeof(TokenIdsRecord))]
[JsonSerializable(typeof(TokenizeRunRecord))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class UnimedJson : JsonSerializerContext
{
    /// <summary>
    /// snake_case members, nothing for null. Texts keep their letters, emoji aside: the output is a file or a pipe, never HTML, so what only HTML
    /// demands is not escaped. A probability of zero has the logarithm -Infinity, which is written as a text.
    /// </summary>
    public static UnimedJson Lines { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    });
}
