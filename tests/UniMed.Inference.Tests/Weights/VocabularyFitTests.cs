using UniMed.Inference;
using UniMed.Inference.Model;
using Xunit;

namespace UniMed.Tests.Weights;

public class VocabularyFitTests
{
    private static LlamaTokenizer Tokenizer { get; } = LlamaTokenizer.Load(Path.Combine(Golden.NanoModel, "tokenizer.model"));

    [Fact]
    public void A_model_with_a_row_for_each_piece_fits() => Assert.Null(Check(1024));

    [Theory]
    [InlineData(1025)]
    [InlineData(1088)]
    public void Rows_without_a_piece_are_said(int rows) =>
        Assert.Equal($"model: the language model has {rows} ids and the tokenizer 1024; the ids from 1024 on have no text and are never chosen.", Check(rows));

    [Theory]
    [InlineData(1023)]
    [InlineData(32000)]
    public void The_tokenizer_of_another_model_is_refused(int rows) =>
        Assert.Contains($"tokenizer.model has 1024 tokens, config.json {rows}. They belong to different models", Assert.Throws<UniMedException>(() => Check(rows)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 2, 0)]
    [InlineData(1, 3, 0)]
    [InlineData(1, 2, 5)]
    public void Special_tokens_that_are_not_the_tokenizers_are_refused(int bos, int eos, int unk)
    {
        var prompt = new PromptConfig { BosTokenId = bos, EosTokenId = eos, UnkTokenId = unk };
        string message = Assert.Throws<UniMedException>(() => Check(1024, prompt)).Message;
        Assert.Contains($"<s> = 1, </s> = 2 and <unk> = 0, config.json {bos}, {eos} and {unk}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loading_a_model_checks_both_directions_and_tells_the_log()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Golden.NanoModel))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        UniMedConfig config = UniMedConfigFile.Read(folder.File("config.json"));
        foreach ((int rows, string expected) in ((int, string)[])[(1000, "They belong to different models"), (1025, "tensor 'language.model.embed_tokens.weight' has shape")])
        {
            UniMedConfigFile.Write(folder.File("config.json"), config with { Language = config.Language with { VocabSize = rows } });
            var log = new List<string>();
            string message = Assert.Throws<UniMedException>(() => UniMedModel.Load(folder.Path, new UniMedModelOptions { Device = "reference", Log = log.Add })).Message;
            Assert.Contains(expected, message, StringComparison.Ordinal);
            Assert.Equal(rows > 1024, log.Any(line => line.Contains("are never chosen", StringComparison.Ordinal)));
        }
    }

    private static string? Check(int rows, PromptConfig? prompt = null)
    {
        UniMedConfig example = ExampleConfig.Create();
        return VocabularyFit.Check("model", example with { Language = example.Language with { VocabSize = rows }, Prompt = prompt ?? example.Prompt }, Tokenizer);
    }
}
