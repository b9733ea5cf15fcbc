using System.Text;
using UniMed.Bench.Synthetic;
using UniMed.Inference;
using Xunit;

namespace UniMed.Bench.Tests;

/// <summary>The vocabulary of bytes is a LLaMA tokenizer like any other.</summary>
public class ByteVocabularyTests
{
    [Fact]
    public void Text_becomes_its_bytes_and_comes_back()
    {
        LlamaTokenizer tokenizer = ByteVocabulary.Tokenizer();
        const string Text = "a lésion ✓";

        IReadOnlyList<int> ids = tokenizer.Encode(Text, addBos: true);

        Assert.Equal(259, tokenizer.VocabSize);
        Assert.Equal((0, 1, 2), (tokenizer.UnkTokenId, tokenizer.BosTokenId, tokenizer.EosTokenId));
        // The dummy prefix and spaces are U+2581, which the vocabulary spells by its bytes too.
        Assert.Equal([1, .. Encoding.UTF8.GetBytes("\u2581" + Text.Replace(' ', '\u2581')).Select(value => value + 3)], ids);
    }

    [Fact]
    public void What_a_model_may_say_beyond_bytes_is_never_encoded_and_can_be_decoded()
    {
        LlamaTokenizer tokenizer = ByteVocabulary.Tokenizer(pieces: 300);

        Assert.Equal(300, tokenizer.VocabSize);
        Assert.All(tokenizer.Encode("a <unused299> b", addBos: true), id => Assert.True(id < 259));
        Assert.Equal("A<unused299>", tokenizer.Decode([1, 'A' + 3, 299]));
    }
}
