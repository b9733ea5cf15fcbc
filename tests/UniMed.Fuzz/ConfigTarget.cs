using UniMed.Inference;

namespace UniMed.Fuzz;

/// <summary>config.json of a model folder: reading and validation.</summary>
internal sealed class ConfigTarget : IFuzzTarget
{
    public string Name => "config";

    public IEnumerable<string> CorpusFiles => Corpus.Of(Name);

    public void Run(ReadOnlySpan<byte> input) => UniMedConfigFile.Parse("config.json", input);
}
