using UniMed.Tests;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Torch;

namespace UniMed.Fuzz;

/// <summary>A PyTorch archive, zip or legacy: the pickle machine, the directory, and that every tensor it admits can be read.</summary>
internal sealed class TorchArchiveTarget : IFuzzTarget
{
    private const int MostTensors = 64;
    private const long MostBytes = 1 << 20;

    public string Name => "torch-archive";

    public IEnumerable<string> CorpusFiles => Directory.EnumerateFiles(Golden.Path("pickle"), "*.pth").Order(StringComparer.Ordinal);

    public void Run(ReadOnlySpan<byte> input)
    {
        using TorchArchive archive = TorchArchive.Open(new MemoryByteSource("input.pth", input.ToArray()));
        foreach (TensorView view in StateDict.Read(archive).Tensors.Values.Take(MostTensors))
        {
            if (view.Count <= MostBytes / view.Type.Size())
                view.Read(0, new byte[view.Count * view.Type.Size()]);
        }
    }
}
