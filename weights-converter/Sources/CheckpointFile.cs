using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Sources;

/// <summary>A training checkpoint: its "model" tensors and the options in its "config". Optimizer, scaler and epoch are never touched.</summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly WeightFile _file;

    private CheckpointFile(WeightFile file)
    {
        _file = file;
        Pool = new TensorPool("checkpoint", Name, file.Tensors);
        var options = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (file.Root is PickleDict root && root.TryGet("config", out object? config) && config is PickleDict sections
            && sections.TryGet("model", out object? model) && model is PickleDict entries)
        {
            foreach ((object key, object? value) in entries.Entries)
            {
                if (key is string name)
                    options[name] = value;
            }
        }

        Options = options;
    }

    /// <summary>File name without its folder.</summary>
    public string Name => System.IO.Path.GetFileName(_file.Path);

    /// <summary>Where the file is.</summary>
    public string Path => _file.Path;

    /// <summary>The trained tensors.</summary>
    public TensorPool Pool { get; }

    /// <summary>Keys of the state dict whose value is not a tensor.</summary>
    public IReadOnlyList<string> Others => _file.Others;

    /// <summary>The entries of "config" "model"; empty when the checkpoint has none. Values as the unpickler gives them.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; }

    /// <summary>Opens a checkpoint.</summary>
    public static CheckpointFile Open(string path) => new(WeightFile.Open(path));

    public void Dispose() => _file.Dispose();
}
