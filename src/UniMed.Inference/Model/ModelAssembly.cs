using UniMed.Inference.Connector;
using UniMed.Inference.Generation.Constraints;
using UniMed.Inference.Language;
using UniMed.Inference.Vision;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Synthetic;
using UniMed.Native;

namespace UniMed.Inference.Model;

/// <summary>All rooms of one loaded model, in the order a question passes them.</summary>
/// <remarks>Immutable after construction; thread-safe.</remarks>
internal sealed class ModelAssembly : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();

    private ModelAssembly(string name, UniMedModelOptions options, Device? device, Func<(UniMedConfig Config, LlamaTokenizer Tokenizer, IWeightSource Weights)> open)
    {
        try
        {
            DeviceChoice = DeviceCatalog.Choose(device?.Info.Name ?? options.Device);
            Device = Own(device ?? CreateDevice(DeviceChoice.Name, options.Threads));
            options.Log?.Invoke(DeviceChoice.ToString());
            (Config, Tokenizer, IWeightSource source) = open();
            var weights = new ModelWeights(Own(source), name);
            Preprocessor = new ImagePreprocessor(Config.Preprocess, Config.Vision.ImageSize);
            Vision = Own(new VisionEncoder(Device, Config.Vision, weights));
            Connector = Own(new VisualConnector(Device, Config, weights));
            Language = Own(new LanguageModel(Device, Config.Language, weights, Tokenizer.VocabSize));
            Cache = Own(new KvBlockPool(CreateCache(Device, Config.Language, options)));
            DecodePasses = Own(new DecodePasses(Device, Language, Cache.Cache));
            Constraints = new CompiledConstraints(Tokenizer, Language.LogitColumns);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public DeviceChoice DeviceChoice { get; }

    public Device Device { get; }

    public UniMedConfig Config { get; }

    public LlamaTokenizer Tokenizer { get; }

    public ImagePreprocessor Preprocessor { get; }

    public VisionEncoder Vision { get; }

    public VisualConnector Connector { get; }

    public LanguageModel Language { get; }

    public KvBlockPool Cache { get; }

    public DecodePasses DecodePasses { get; }

    public CompiledConstraints Constraints { get; }

    /// <summary>Opens a model folder; what was opened is given back when a later step fails.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Limits, and the device's name.</param>
    /// <param name="device">A device to take over instead; null to open the named one.</param>
    public static ModelAssembly Load(string folder, UniMedModelOptions options, Device? device = null) =>
        Directory.Exists(folder)
            ? new ModelAssembly(folder, options, device, () => Open(folder, options))
            : throw new UniMedException($"There is no model folder '{folder}'. Give the folder that unimed-convert wrote.");

    /// <summary>Makes a model with random weights and the vocabulary of bytes, for measuring.</summary>
    /// <param name="shape">Sizes of a whole model.</param>
    /// <param name="dtype">How matrices are stored.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="options">Limits, and the device's name.</param>
    public static ModelAssembly Synthetic(SyntheticShape shape, SyntheticDtype dtype, int seed, UniMedModelOptions options)
    {
        UniMedConfig config = shape.ToConfig() ?? throw new ArgumentException($"{shape.Name} is a language model alone.", nameof(shape));
        return new ModelAssembly(shape.Name, options, null, () => (config, LlamaTokenizer.OfBytes(config.Language.VocabSize), new SyntheticWeights(shape, dtype, seed)));
    }

    /// <summary>Gives everything back, last opened first.</summary>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned))
            owned.Dispose();
    }

    private static (UniMedConfig Config, LlamaTokenizer Tokenizer, IWeightSource Weights) Open(string folder, UniMedModelOptions options)
    {
        UniMedConfig config = UniMedConfigFile.Read(Path.Combine(folder, UniMedConfigFile.FileName));
        LlamaTokenizer tokenizer = LlamaTokenizer.LoadForAnswers(folder);
        if (VocabularyFit.Check(folder, config, tokenizer) is { } note)
            options.Log?.Invoke(note);
        return (config, tokenizer, SafetensorsSet.Open(folder));
    }

    private static KvCache CreateCache(Device device, LanguageConfig config, UniMedModelOptions options)
    {
        long tokens = options.KvCacheTokens ?? (long)config.MaxPositionEmbeddings * UniMedModelOptions.DefaultCachedContexts;
        int blocks = checked((int)((tokens + UniMedModelOptions.KvBlockSize - 1) / UniMedModelOptions.KvBlockSize));
        try
        {
            return device.CreateKvCache(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, blocks, UniMedModelOptions.KvBlockSize);
        }
        catch (Exception error) when (error is OutOfMemoryException or OverflowException)
        {
            throw new UniMedException($"There is no memory for a key-value cache of {tokens} positions. Load the model with a smaller KvCacheTokens.", error);
        }
    }

    private T Own<T>(T opened)
        where T : IDisposable
    {
        _owned.Push(opened);
        return opened;
    }

    private static Device CreateDevice(string name, int? threads)
    {
        try
        {
            return DeviceCatalog.Create(name, threads);
        }
        catch (ArgumentException error)
        {
            throw new UniMedException(error.Message, error);
        }
    }
}
