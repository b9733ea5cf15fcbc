using UniMed.Tests.Tasks;
using Xunit;

namespace UniMed.Tests.Tokenization;

public class LlamaTokenizerGoldenTests
{
    [Fact]
    public void Token_ids_equal_the_reference_in_every_case()
    {
        Assert.Equal(444, TokenizerCase.All.Length);
        Assert.All(TokenizerCase.All, c =>
        {
            Assert.Equal(c.Ids, NanoTokenizer.Instance.Encode(c.Text, addBos: false));
            Assert.Equal(c.IdsBos, NanoTokenizer.Instance.Encode(c.Text, addBos: true));
        });
    }

    [Fact]
    public void Decoded_text_equals_the_reference_in_every_case() =>
        Assert.All(TokenizerCase.All, c =>
        {
            Assert.Equal(c.Decoded, NanoTokenizer.Instance.Decode(c.Ids));
            Assert.Equal(c.Decoded, NanoTokenizer.Instance.Decode(c.IdsBos));
        });

    [Fact]
    public void Special_tokens_are_those_of_llama()
    {
        Assert.Equal(1024, NanoTokenizer.Instance.VocabSize);
        Assert.Equal(1, NanoTokenizer.Instance.BosTokenId);
        Assert.Equal(2, NanoTokenizer.Instance.EosTokenId);
        Assert.Equal(0, NanoTokenizer.Instance.UnkTokenId);
    }

    [Fact]
    public void Generated_ids_of_the_small_model_decode_to_its_answers()
    {
        Assert.NotEmpty(NanoCase.All);
        Assert.All(NanoCase.All, c => Assert.Equal(c.Text, NanoTokenizer.Instance.Decode(c.OutputIds).Trim()));
    }
}
