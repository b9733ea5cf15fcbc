using UniMed.Inference;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Tests.Tokenization;

public class LlamaTokenizerTests
{
    private const int Space = 963;
    private const int X = 1006;
    private const int SpaceY = 362;

    private static readonly LlamaTokenizer Tokenizer = NanoTokenizer.Instance;

    [Theory]
    [InlineData("x<unk>y", new[] { Space, X, 0, SpaceY })]
    [InlineData("x \t\u001c\u00a0<unk>\r\n y", new[] { Space, X, 0, SpaceY })]
    [InlineData("x <s></s> <unk>", new[] { Space, X, 1, 2, 0 })]
    [InlineData("<s>\u001f x", new[] { 1, Space, X })]
    [InlineData("<s>  </s>", new[] { 1, 2 })]
    [InlineData("<<s>", new[] { 278, 1 })]
    public void White_space_beside_a_special_token_is_dropped(string text, int[] ids) =>
        Assert.Equal(ids, Tokenizer.Encode(text, addBos: false));

    [Fact]
    public void An_unpaired_surrogate_counts_as_the_replacement_character()
    {
        IReadOnlyList<int> expected = Tokenizer.Encode("a\uFFFDb", addBos: true);
        Assert.Equal(expected, Tokenizer.Encode("a\uD83Eb", addBos: true));
        Assert.Equal(expected, Tokenizer.Encode("a\uDDE0b", addBos: true));
        Assert.Equal("a\uFFFDb", Tokenizer.Decode([.. expected]));
    }

    [Fact]
    public void Special_tokens_are_spelled_on_request_with_a_space_in_front_of_the_run_before_them()
    {
        Assert.Equal("<s>[INST]", Tokenizer.Decode([1, 259, 266, 981], skipSpecialTokens: false));
        Assert.Equal(" x</s>y", Tokenizer.Decode([Space, X, 2, SpaceY], skipSpecialTokens: false));
        Assert.Equal("<s><s> x<unk></s>", Tokenizer.Decode([1, 1, Space, X, 0, 2], skipSpecialTokens: false));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1024)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void An_id_outside_the_vocabulary_is_refused_by_number(int id)
    {
        UniMedException e = Assert.Throws<UniMedException>(() => Tokenizer.Decode([X, id]));
        Assert.Contains(id.ToString(System.Globalization.CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 1023", e.Message, StringComparison.Ordinal);
        Assert.Throws<UniMedException>(() => Tokenizer.Decode([id], skipSpecialTokens: false));
    }

    public static TheoryData<string> LongTexts =>
    [
        new string('a', 100_000),
        new string(' ', 100_000),
        new string('<', 100_000),
        string.Concat(Enumerable.Repeat("the brain MRI ", 8_000)),
        string.Concat(Enumerable.Repeat("<s> x", 20_000)),
        string.Concat(Enumerable.Repeat("\U0001F9E0", 25_000)),
        new string('e', 1_000_000),
        string.Concat(Enumerable.Range(0, 200_000).Select(i => (char)('a' + (i * 31L * i % 26)))),
    ];

    [Theory]
    [MemberData(nameof(LongTexts), DisableDiscoveryEnumeration = true)]
    public void A_long_text_is_encoded_and_comes_back(string text)
    {
        IReadOnlyList<int> ids = Tokenizer.Encode(text, addBos: false);
        string expected = text.StartsWith('<') && text.Contains('s', StringComparison.Ordinal)
            ? string.Concat(Enumerable.Repeat(" x", 20_000))[1..]
            : text;
        Assert.Equal(expected, Tokenizer.Decode([.. ids]));
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        TokenizerCase[] cases = TokenizerCase.All;
        Parallel.For(0, 4 * cases.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
            Assert.Equal(cases[i % cases.Length].Ids, Tokenizer.Encode(cases[i % cases.Length].Text, addBos: false)));
    }

    /// <summary>The reference sets pad_token to "$$", and what is padding is skipped when it decodes: LLaMA's vocabulary has that piece.</summary>
    [Fact]
    public void The_reference_s_padding_token_is_skipped_in_answers_alone()
    {
        string folder = Directory.CreateTempSubdirectory("unimed-pad").FullName;
        try
        {
            string path = Path.Combine(folder, "tokenizer.model");
            SentencePiece[] pieces = [.. SentencePieceFile.Special(bytes: true), .. new[] { "\u2581", "$", "$$", "\u2581$$", "a" }.Select(text => new SentencePiece(text, SentencePieceType.Normal, -text.Length))];
            File.WriteAllBytes(path, new SentencePieceFile(pieces) { ByteFallback = true }.Write());
            LlamaTokenizer tokenizer = LlamaTokenizer.Load(path);
            LlamaTokenizer ofModel = LlamaTokenizer.LoadForAnswers(folder);

            int[] ids = [.. tokenizer.Encode("a$$a $$")];
            Assert.Contains(261, ids);
            Assert.Equal(ids, ofModel.Encode("a$$a $$"));
            Assert.Equal("a$$a $$", tokenizer.Decode(ids));
            Assert.Equal("aa $$", ofModel.Decode(ids));
            Assert.Equal(" a$$a", ofModel.Decode([259, 263, 261, 263], skipSpecialTokens: false));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
