using UniMed.Inference;
using UniMed.Tests;

namespace UniMed.Fuzz;

/// <summary>A tokenizer.model: its fields, its vocabulary, and that what it admits can encode and decode.</summary>
internal sealed class TokenizerTarget : IFuzzTarget
{
    private static readonly string File = Path.Combine(Path.GetTempPath(), $"unimed-fuzz-{Environment.ProcessId}.model");

    public string Name => "tokenizer";

    public IEnumerable<string> CorpusFiles => [Golden.Path("nano-source", "llama-nano", "tokenizer.model")];

    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            System.IO.File.WriteAllBytes(File, input);
            LlamaTokenizer tokenizer = LlamaTokenizer.Load(File);
            tokenizer.Decode([.. tokenizer.Encode("<s>[INST] where is it? é [/INST]", addBos: true)]);
        }
        finally
        {
            System.IO.File.Delete(File);
        }
    }
}
