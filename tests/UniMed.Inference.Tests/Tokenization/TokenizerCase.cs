using System.Text.Json;

namespace UniMed.Tests.Tokenization;

/// <summary>A golden case: a text, what the reference makes of it, and what it makes of that again.</summary>
internal sealed record TokenizerCase(string Text, int[] Ids, int[] IdsBos, string Decoded)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static TokenizerCase[] All { get; } =
        JsonSerializer.Deserialize<TokenizerCase[]>(File.ReadAllText(Golden.Path("tokenizer", "cases.json")), SnakeCase)!;
}
