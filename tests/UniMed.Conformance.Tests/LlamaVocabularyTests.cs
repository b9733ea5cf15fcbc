using UniMed.Inference;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Ids are those of SentencePiece behind transformers' slow tokenizer, on texts full of merges with equal scores.</summary>
public sealed class LlamaVocabularyTests
{
    private const string RealTokenizer = "UNIMED_LLAMA_TOKENIZER";

    [Fact]
    public void The_small_model_s_vocabulary_gives_the_reference_s_ids() =>
        Check(LlamaTokenizer.Load(Golden.Path("nano-source", "llama-nano")), MergeCase.Read("cases-nano-vocabulary.json"), count: 2564);

    [Fact]
    public void Llama_s_own_vocabulary_gives_the_reference_s_ids()
    {
        string? path = Environment.GetEnvironmentVariable(RealTokenizer);
        Assert.SkipWhen(string.IsNullOrEmpty(path), $"LLaMA's licence does not let its tokenizer.model lie here: set {RealTokenizer} to the path of yours.");

        // The vocabulary alone: what lies beside it says how white space beside special tokens is treated, which the cases were not made with.
        Check(LlamaTokenizer.Of(SentencePieceModel.Read(path)), MergeCase.Read("cases-llama-vocabulary.json"), count: 2723);
    }

    private static void Check(LlamaTokenizer tokenizer, MergeCase[] cases, int count)
    {
        Assert.Equal(count, cases.Length);
        Assert.All(cases, c =>
        {
            Assert.Equal(c.Ids, tokenizer.Encode(c.Text));
            Assert.Equal(c.Decoded ?? c.Text, tokenizer.Decode(c.Ids));
        });
    }
}
