using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
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
    private readonly SafetensorsSet _files;

    private ModelAssembly(string folder, UniMedModelOptions options, IDevice device, SafetensorsSet files)
    {
        _files = files;
        Device = device;
        Config = UniMedConfigFile.Read(Path.Combine(folder, "config.json"));
        Tokenizer = LlamaTokenizer.Load(Path.Combine(folder, "tokenizer.model"));
        if (Tokenizer.VocabSize > Config.Language.VocabSize)
            throw new UniMedException($"{folder}: tokenizer.model has {Tokenizer.VocabSize} tokens, config.json {Config.Language.VocabSize}. They belong to different models: convert again.");
        var weights = new ModelWeights(files, folder);
        Preprocessor = new ImagePreprocessor(Config.Preprocess, Config.Vision.ImageSize);
        Vision = new VisionEncoder(device, Config.Vision, weights);
        Connector = new VisualConnector(device, Config, weights);
        Language = new LanguageModel(device, Config.Language, weights);
        int cacheTokens = options.KvCacheTokens ?? Config.Language.MaxPositionEmbeddings * UniMedModelOptions.DefaultCachedContexts;
        Cache = new KvBlockPool(device.CreateKvCache(
            Config.Language.NumHiddenLayers,
            Config.Language.NumKeyValueHeads,
            Config.Language.HeadDim,
            (cacheTokens + UniMedModelOptions.KvBlockSize - 1) / UniMedModelOptions.KvBlockSize,
            UniMedModelOptions.KvBlockSize));
        Generator = new TextGenerator(device, Language, Cache, Tokenizer);
        Scorer = new SequenceScorer(device, Language, Cache);
    }

    public IDevice Device { get; }

    public UniMedConfig Config { get; }

    public LlamaTokenizer Tokenizer { get; }

    public ImagePreprocessor Preprocessor { get; }

    public VisionEncoder Vision { get; }

    public VisualConnector Connector { get; }

    public LanguageModel Language { get; }

    public KvBlockPool Cache { get; }

    public TextGenerator Generator { get; }

    public SequenceScorer Scorer { get; }

    /// <summary>Opens a model folder; what was opened is given back when a later step fails.</summary>
    public static ModelAssembly Load(string folder, UniMedModelOptions options)
    {
        if (!Directory.Exists(folder))
            throw new UniMedException($"There is no model folder '{folder}'. Give the folder that unimed-convert wrote.");
        IDevice? device = null;
        SafetensorsSet? files = null;
        try
        {
            device = CreateDevice(options.Device);
            files = SafetensorsSet.Open(folder);
            return new ModelAssembly(folder, options, device, files);
        }
        catch
        {
            files?.Dispose();
            device?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Cache.Dispose();
        Language.Dispose();
        Connector.Dispose();
        Vision.Dispose();
        _files.Dispose();
        Device.Dispose();
    }

    private static IDevice CreateDevice(string name)
    {
        try
        {
            return DeviceCatalog.Create(name);
        }
        catch (ArgumentException error)
        {
            throw new UniMedException(error.Message, error);
        }
    }
}
