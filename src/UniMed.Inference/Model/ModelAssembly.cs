using UniMed.Inference.Connector;
using UniMed.Inference.Generation.Constraints;
using UniMed.Inference.Language;
using UniMed.Inference.Vision;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;
using UniMed.Native.Cuda;

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
            if (device is null && options.CudaHost is { } host)
                device = CreateDevice(() => DeviceCatalog.CreateCuda(host));
            DeviceChoice = DeviceCatalog.Choose(device?.Info.Name ?? options.Device);
            Device = DisposeWithThis(device ?? CreateDevice(() => DeviceCatalog.Create(DeviceChoice.Name, options.Threads)));
            options.Log?.Invoke(DeviceChoice.ToString());
            (Config, Tokenizer, IWeightSource source) = open();
            var weights = new ModelWeights(DisposeWithThis(source), name);
            Preprocessor = new ImagePreprocessor(Config.Preprocess, Config.Vision.ImageSize);
            Vision = DisposeWithThis(new VisionEncoder(Device, Config.Vision, weights));
            Connector = DisposeWithThis(new VisualConnector(Device, Config, weights));
            Language = DisposeWithThis(new LanguageModel(Device, Config.Language, weights, Tokenizer.VocabSize));
            Cache = DisposeWithThis(new KvBlockPool(CreateCache(Device, Config.Language, options)));
            DecodePasses = DisposeWithThis(new DecodePasses(Device, Language, Cache.Cache));
            Constraints = new CompiledConstraints(Tokenizer, Language.LogitColumns);
        }
        catch (Exception error)
        {
            Dispose();
            if (error is OutOfMemoryException or CudaException)
                throw Failed(name, DeviceChoice?.Name ?? options.Device, error);
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
            : throw new UniMedException(UniMedFailure.ModelFiles, $"There is no model folder '{folder}'. Give the folder that unimed-convert wrote.");

    /// <summary>Makes a model of parts that lie in no folder; it takes the weights over.</summary>
    /// <param name="name">What errors call the model.</param>
    /// <param name="config">Sizes and options.</param>
    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="weights">The tensors that the sizes ask for.</param>
    /// <param name="options">Limits, and the device's name.</param>
    public static ModelAssembly Of(string name, UniMedConfig config, LlamaTokenizer tokenizer, IWeightSource weights, UniMedModelOptions options) =>
        new(name, options, null, () => (config, tokenizer, weights));

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
            throw new UniMedException(UniMedFailure.OutOfMemory, $"There is no memory for a key-value cache of {tokens} positions. Load the model with a smaller KvCacheTokens.", error);
        }
    }

    private T DisposeWithThis<T>(T opened)
        where T : IDisposable
    {
        _owned.Push(opened);
        return opened;
    }

    private static UniMedException Failed(string name, string device, Exception error) => error is OutOfMemoryException
        ? new UniMedException(UniMedFailure.OutOfMemory, $"{name}: there is no memory for the model on device '{device}': {error.Message} Free some, choose another device, or convert the model to a smaller type.", error)
        : new UniMedException(UniMedFailure.DeviceFailed, $"{name}: device '{device}' failed while the model was loaded: {error.Message} Load it again; when it happens again, the device needs attention.", error);

    private static Device CreateDevice(Func<Device> create)
    {
        try
        {
            return create();
        }
        catch (ArgumentException error)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, error.Message, error);
        }
    }
}
