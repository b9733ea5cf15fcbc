using System.Text.Json;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Tests.Tokenization;

public class LlamaTokenizerGoldenTests
{
    private static readonly LlamaTokenizer Tokenizer = LlamaTokenizer.Load(Golden.Path("nano-source", "llama-nano", "tokenizer.model"));

    private sealed record Case(string Text, int[] Ids, int[] IdsBos, string Decoded);

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static Case[] Cases() =>
        JsonSerializer.Deserialize<Case[]>(File.ReadAllText(Golden.Path("tokenizer", "cases.json")), SnakeCase)!;

    [Fact]
    public void Token_ids_equal_the_reference_in_every_case()
    {
        Case[] cases = Cases();
        Assert.True(cases.Length > 400);
        Assert.All(cases, c =>
        {
            Assert.Equal(c.Ids, Tokenizer.Encode(c.Text, addBos: false));
            Assert.Equal(c.IdsBos, Tokenizer.Encode(c.Text, addBos: true));
        });
    }

    [Fact]
    public void Decoded_text_equals_the_reference_in_every_case() =>
        Assert.All(Cases(), c =>
        {
            Assert.Equal(c.Decoded, Tokenizer.Decode(c.Ids));
            Assert.Equal(c.Decoded, Tokenizer.Decode(c.IdsBos));
        });
}
