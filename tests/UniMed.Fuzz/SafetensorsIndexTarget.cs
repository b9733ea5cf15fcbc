using UniMed.Inference.Weights;

namespace UniMed.Fuzz;

/// <summary>The index of a sharded model, and that no shard name it admits leaves the folder.</summary>
internal sealed class SafetensorsIndexTarget : IFuzzTarget
{
    public string Name => "safetensors-index";

    public IEnumerable<string> CorpusFiles => Corpus.Of(Name);

    public void Run(ReadOnlySpan<byte> input)
    {
        string folder = Path.GetFullPath("/model");
        foreach (string shard in SafetensorsIndex.Parse("model.safetensors.index.json", input).Shards)
        {
            string path = Path.GetFullPath(Path.Combine(folder, shard));
            if (Path.GetDirectoryName(path) != folder)
                throw new InvalidOperationException($"The shard '{shard}' was admitted and leads to {path}.");
        }
    }
}
