using System.Text;
using UniMed.Inference;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Tests.Tokenization;

/// <summary>White space beside special tokens, as transformers 4.30.2 reads it from the files beside tokenizer.model.</summary>
public sealed class SpecialTokensReaderTests : IDisposable
{
    private const string Texts = """{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}""";
    private const int Space = 963;
    private const int X = 1006;
    private const int SpaceX = 338;
    private const int SpaceY = 362;

    private readonly string _folder = Directory.CreateTempSubdirectory("unimed-special").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Objects(bool lstrip, bool rstrip) =>
        $"{{{string.Join(", ", new[] { ("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>") }.Select(token => $"\"{token.Item1}\": {Object(token.Item2, lstrip, rstrip)}"))}}}";

    private static string Object(string content, bool lstrip, bool rstrip) =>
        $$"""{"__type": "AddedToken", "content": "{{content}}", "lstrip": {{(lstrip ? "true" : "false")}}, "normalized": true, "rstrip": {{(rstrip ? "true" : "false")}}, "single_word": true}""";

    private LlamaTokenizer Load(string? map = null, string? config = null)
    {
        File.Copy(NanoTokenizer.Path, Path.Combine(_folder, "tokenizer.model"), overwrite: true);
        Write("special_tokens_map.json", map);
        Write("tokenizer_config.json", config);
        return LlamaTokenizer.Load(_folder);
    }

    private void Write(string name, string? content)
    {
        if (content is not null)
            File.WriteAllText(Path.Combine(_folder, name), content);
        else
            File.Delete(Path.Combine(_folder, name));
    }

    private static string Kept(LlamaTokenizer tokenizer) => tokenizer.Decode([.. tokenizer.Encode("a  </s>  b")], skipSpecialTokens: true);

    [Fact]
    public void Texts_drop_white_space_on_both_sides() => Assert.Equal("a b", Kept(Load(Texts)));

    [Theory]
    [InlineData(false, false, "a     b")]
    [InlineData(true, false, "a   b")]
    [InlineData(false, true, "a   b")]
    [InlineData(true, true, "a b")]
    public void Objects_drop_it_on_the_sides_they_name(bool lstrip, bool rstrip, string kept)
    {
        LlamaTokenizer tokenizer = Load(Objects(lstrip, rstrip));

        Assert.Equal(kept, Kept(tokenizer));
        Assert.Equal(lstrip ? [Space, X, 2] : [Space, X, Space, 2], tokenizer.Encode("x </s>"));
        Assert.Equal(rstrip ? [2, Space, X] : [2, Space, .. tokenizer.Encode("x")], tokenizer.Encode("</s> x"));
    }

    [Fact]
    public void Where_only_the_configuration_names_them_nothing_is_dropped_but_what_its_objects_say()
    {
        Assert.Equal("a     b", Kept(Load(config: Texts)));
        Assert.Equal("a     b", Kept(Load(config: "{}")));
        Assert.Equal("a b", Kept(Load(config: Objects(true, true))));
        Assert.Equal("a     b", Kept(Load(config: """{"bos_token": null, "added_tokens_decoder": {"2": {"content": "</s>", "lstrip": true, "rstrip": true}}}""")));
    }

    [Fact]
    public void The_map_goes_before_the_configuration()
    {
        Assert.Equal("a b", Kept(Load(Texts, Objects(false, false))));
        Assert.Equal("a     b", Kept(Load(Objects(false, false), Texts)));
        Assert.Equal("a     b", Kept(Load("""{"bos_token": "<s>"}""", Texts)));
    }

    [Fact]
    public void A_folder_that_says_nothing_drops_white_space() => Assert.Equal("a b", Kept(Load()));

    [Fact]
    public void Each_token_has_its_own_sides()
    {
        LlamaTokenizer tokenizer = Load($$"""{"bos_token": "<s>", "eos_token": {{Object("</s>", false, true)}}, "unk_token": {{Object("<unk>", true, false)}}}""");

        Assert.Equal([Space, X, 1, SpaceY, 2, 0], tokenizer.Encode("x <s> y</s> <unk>"));
        Assert.Equal([.. tokenizer.Encode("x "), 2, 0, .. tokenizer.Encode(" y")], tokenizer.Encode("x </s> <unk> y"));
    }

    [Fact]
    public void Additional_tokens_of_the_vocabulary_are_special_too_and_others_stay_text()
    {
        string piece = NanoTokenizer.Instance.PieceOf(SpaceX);
        LlamaTokenizer tokenizer = Load($$"""{"additional_special_tokens": ["{{piece}}", "<image>"]}""");

        Assert.Contains(SpaceX, tokenizer.Encode($"a{piece}b"));
        Assert.Equal("", tokenizer.Decode([SpaceX]));
        Assert.True(tokenizer.IsSpecial(SpaceX));
        Assert.Equal(NanoTokenizer.Instance.Encode("<image>"), tokenizer.Encode("<image>"));
    }

    [Theory]
    [InlineData("[]", "not an object")]
    [InlineData("{", "not JSON")]
    [InlineData("""{"eos_token": "<end>"}""", "eos_token is '<end>'; in LLaMA it is '</s>'")]
    [InlineData("""{"eos_token": null}""", "eos_token as null")]
    [InlineData("""{"eos_token": 2}""", "eos_token as the number 2")]
    [InlineData("""{"eos_token": {"lstrip": true}}""", "eos_token as the object")]
    [InlineData("""{"eos_token": {"content": "</s>", "lstrip": "no"}}""", "eos_token.lstrip as the text \"no\"")]
    [InlineData("""{"additional_special_tokens": "<image>"}""", "an array is expected")]
    [InlineData("""{"additional_special_tokens": [""]}""", "at least one character")]
    [InlineData("""{"additional_special_tokens": ["\ud800"]}""", "not JSON")]
    public void What_cannot_be_right_is_refused_by_file_and_member(string map, string expected)
    {
        UniMedException e = Assert.Throws<UniMedException>(() => Load(map));
        Assert.Contains(Path.Combine(_folder, "special_tokens_map.json"), e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm()
    {
        byte[] map = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Texts)];
        Assert.Equal(SpecialTokensReader.Default, SpecialTokensReader.Parse(("map", map), ("config", null)));
    }
}
