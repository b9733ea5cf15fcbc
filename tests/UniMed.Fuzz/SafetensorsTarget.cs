using UniMed.Inference.Weights;
using UniMed.Tests;

namespace UniMed.Fuzz;

/// <summary>The header of a safetensors file, and that every tensor it admits lies inside the file.</summary>
internal sealed class SafetensorsTarget : IFuzzTarget
{
    public string Name => "safetensors";

    public IEnumerable<string> CorpusFiles => Corpus.Of(Name).Append(Golden.Path("pickle", "expected.safetensors"));

    public void Run(ReadOnlySpan<byte> input)
    {
        SafetensorsHeader header = SafetensorsHeaderParser.Parse("input.safetensors", input, input.Length);
        foreach (TensorInfo tensor in header.Tensors.Values)
        {
            // Slice throws, and the run fails, when the parser lets a tensor leave the file.
            input.Slice(checked((int)(header.DataStart + tensor.Offset)), checked((int)tensor.ByteLength));
        }
    }
}
