using System.Text.Json;

namespace UniMed.Conformance.Tests;

/// <summary>A golden case of the tokenizer: a text, its ids without the begin token, and what they decode to where that is not the text.</summary>
internal sealed record MergeCase(string Text, int[] Ids, string? Decoded = null)
{
    public static MergeCase[] Read(string name) =>
        JsonSerializer.Deserialize<MergeCase[]>(File.ReadAllText(Golden.Path("tokenizer", name)), JsonSerializerOptions.Web)!;
}
