using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Sources;

/// <summary>A PyTorch archive and the tensors of its state dict.</summary>
internal sealed class WeightFile : IDisposable
{
    private readonly TorchArchive _archive;

    private WeightFile(string path, TorchArchive archive, StateDict state)
    {
        _archive = archive;
        Path = path;
        Tensors = new OrderedDictionary<string, SourceTensor>(StringComparer.Ordinal);
        foreach ((string key, TensorView view) in state.Tensors)
            Tensors[key] = new ArchiveTensor(key, archive.Name, view);
        Skipped = state.Skipped;
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>The saved object.</summary>
    public object? Root => _archive.Root;

    /// <summary>Tensors by key, in the order of the file.</summary>
    public OrderedDictionary<string, SourceTensor> Tensors { get; }

    /// <summary>Entries of the state dict whose value is not a tensor.</summary>
    public IReadOnlyList<SkippedValue> Skipped { get; }

    /// <summary>Opens an archive and checks its tensors.</summary>
    /// <exception cref="ConversionException">The file is not usable; the message says why.</exception>
    public static WeightFile Open(string path)
    {
        TorchArchive archive = TorchArchive.Open(FileByteSource.Open(path));
        try
        {
            return new WeightFile(path, archive, StateDict.Read(archive));
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public void Dispose() => _archive.Dispose();
}
