using UniMed.Inference.Tokenization;

namespace UniMed.Fuzz;

/// <summary>special_tokens_map.json and tokenizer_config.json, which share their members.</summary>
internal sealed class SpecialTokensTarget : IFuzzTarget
{
    public string Name => "special-tokens";

    public IEnumerable<string> CorpusFiles => Corpus.Of(Name);

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] file = input.ToArray();
        SpecialTokensReader.Parse(("special_tokens_map.json", file), ("tokenizer_config.json", null));
        SpecialTokensReader.Parse(("special_tokens_map.json", null), ("tokenizer_config.json", file));
    }
}
