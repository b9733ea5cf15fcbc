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
    ];

    [Theory]
    [MemberData(nameof(LongTexts), DisableDiscoveryEnumeration = true)]
    public void A_text_of_100_kilobytes_is_encoded_and_comes_back(string text)
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
}
