using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Sources;

/// <summary>A training checkpoint: its "model" tensors and the options in its "config". Optimizer, scaler and epoch are skipped.</summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly WeightFile _file;

    private CheckpointFile(WeightFile file)
    {
        _file = file;
        Pool = new TensorPool("checkpoint", Name, file.Tensors, file.Skipped, KeyLayout.Checkpoint);
        Options = ReadOptions(file.Root);
    }

    /// <summary>File name without its folder.</summary>
    public string Name => System.IO.Path.GetFileName(_file.Path);

    /// <summary>Where the file is.</summary>
    public string Path => _file.Path;

    /// <summary>The trained tensors.</summary>
    public TensorPool Pool { get; }

    /// <summary>The entries of "config" "model"; empty when the checkpoint has none. Values as the unpickler gives them.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; }

    /// <summary>Opens a checkpoint.</summary>
    public static CheckpointFile Open(string path) => new(WeightFile.Open(path));

    public void Dispose() => _file.Dispose();

    private Dictionary<string, object?> ReadOptions(object? root)
    {
        var options = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (root is not PickleDict top || !top.TryGet("config", out object? config))
            return options;
        if (config is not PickleDict sections)
            throw NotRead("config", config);
        if (!sections.TryGet("model", out object? model))
            return options;
        if (model is not PickleDict entries)
            throw NotRead("config\" \"model", model);
        foreach ((object key, object? value) in entries.Entries)
        {
            if (key is string name)
                options[name] = value;
        }

        return options;
    }

    /// <summary>Options that cannot be read are not replaced by defaults: they decide what the model computes.</summary>
    private ConversionException NotRead(string key, object? value) => new(
        $"{Name}: \"{key}\" is {PickleDescription.Of(value)}; a dictionary of plain values is expected, since it says what the model computes. Save the checkpoint again with a plain "
        + "dictionary there (OmegaConf.to_container, vars), or without \"config\" and give the model's options as flags.");
}
