using UniMed.Inference;

namespace UniMed.Tests.Tokenization;

/// <summary>The tokenizer of the small language model: 1024 pieces with byte fallback.</summary>
internal static class NanoTokenizer
{
    public static string Path { get; } = Golden.Path("nano-source", "llama-nano", "tokenizer.model");

    public static LlamaTokenizer Instance { get; } = LlamaTokenizer.Load(Path);
}
