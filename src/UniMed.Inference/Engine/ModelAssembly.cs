using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Generation.Constraints;
using UniMed.Inference.Imaging;
using UniMed.Inference.Language;
using UniMed.Inference.Tokenization;
using UniMed.Inference.Vision;
using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Inference.Engine;

/// <summary>All rooms of one loaded model, in the order a question passes them.</summary>
/// <remarks>Immutable after construction; thread-safe.</remarks>
internal sealed class ModelAssembly : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();

    private ModelAssembly(string folder, UniMedModelOptions options, IDevice? device)
    {
        try
        {
            DeviceChoice = DeviceCatalog.Choose(device?.Info.Name ?? options.Device);
            Device = Own(device ?? CreateDevice(DeviceChoice.Name, options.Threads));
            options.Log?.Invoke(DeviceChoice.ToString());
            Config = UniMedConfigFile.Read(Path.Combine(folder, UniMedConfigFile.FileName));
            Tokenizer = LlamaTokenizer.Load(Path.Combine(folder, "tokenizer.model"));
            if (Tokenizer.VocabSize > Config.Language.VocabSize)
                throw new UniMedException($"{folder}: tokenizer.model has {Tokenizer.VocabSize} tokens, config.json {Config.Language.VocabSize}. They belong to different models: convert again.");
            if (Tokenizer.BosTokenId != Config.Prompt.BosTokenId || Tokenizer.EosTokenId != Config.Prompt.EosTokenId)
            {
                throw new UniMedException(
                    $"{folder}: tokenizer.model has <s> = {Tokenizer.BosTokenId} and </s> = {Tokenizer.EosTokenId}, config.json {Config.Prompt.BosTokenId} and {Config.Prompt.EosTokenId}. They belong to different models: convert again.");
            }

            var weights = new ModelWeights(Own(SafetensorsSet.Open(folder)), folder);
            Preprocessor = new ImagePreprocessor(Config.Preprocess, Config.Vision.ImageSize);
            Vision = Own(new VisionEncoder(Device, Config.Vision, weights));
            Connector = Own(new VisualConnector(Device, Config, weights));
            Language = Own(new LanguageModel(Device, Config.Language, weights));
            Cache = Own(new KvBlockPool(CreateCache(Device, Config.Language, options)));
            DecodePasses = Own(new DecodePasses(Device, Language, Cache.Cache));
            Generator = new TextGenerator(Device, Language, Cache, DecodePasses, Tokenizer);
            Scorer = new SequenceScorer(Device, Language, Cache);
            Constraints = new CompiledConstraints(Tokenizer, Config.Language.VocabSize);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public DeviceChoice DeviceChoice { get; }

    public IDevice Device { get; }

    public UniMedConfig Config { get; }

    public LlamaTokenizer Tokenizer { get; }

    public ImagePreprocessor Preprocessor { get; }

    public VisionEncoder Vision { get; }

    public VisualConnector Connector { get; }

    public LanguageModel Language { get; }

    public KvBlockPool Cache { get; }

    public DecodePasses DecodePasses { get; }

    public TextGenerator Generator { get; }

    public SequenceScorer Scorer { get; }

    public CompiledConstraints Constraints { get; }

    /// <summary>Opens a model folder; what was opened is given back when a later step fails.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Limits, and the device's name.</param>
    /// <param name="device">A device to take over instead; null to open the named one.</param>
    public static ModelAssembly Load(string folder, UniMedModelOptions options, IDevice? device = null) =>
        Directory.Exists(folder)
            ? new ModelAssembly(folder, options, device)
            : throw new UniMedException($"There is no model folder '{folder}'. Give the folder that unimed-convert wrote.");

    /// <summary>Gives everything back, last opened first.</summary>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned))
            owned.Dispose();
    }

    private static KvCache CreateCache(IDevice device, LanguageConfig config, UniMedModelOptions options)
    {
        long tokens = options.KvCacheTokens ?? (long)config.MaxPositionEmbeddings * UniMedModelOptions.DefaultCachedContexts;
        int blocks = (int)((tokens + UniMedModelOptions.KvBlockSize - 1) / UniMedModelOptions.KvBlockSize);
        try
        {
            return device.CreateKvCache(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, blocks, UniMedModelOptions.KvBlockSize);
        }
        catch (OutOfMemoryException error)
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

    private static IDevice CreateDevice(string name, int? threads)
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
