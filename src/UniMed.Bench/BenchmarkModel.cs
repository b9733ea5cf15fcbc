using UniMed.Bench.Roofline;
using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Language;
using UniMed.Inference.Vision;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Bench;

/// <summary>The parts of a model that are timed: those of a model folder, or of made-up weights. A language model may stand alone.</summary>
internal sealed class BenchmarkModel : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();

    private BenchmarkModel(Device device, IWeightSource source, string name, LlamaTokenizer tokenizer, LanguageConfig language, UniMedConfig? whole, int cachedTokens)
    {
        Device = device;
        try
        {
            DisposeWithThis(source);
            var weights = new ModelWeights(source, name);
            if (whole is not null)
            {
                Vision = DisposeWithThis(new VisionEncoder(device, whole.Vision, weights));
                Connector = DisposeWithThis(new VisualConnector(device, whole, weights));
                VisionConfig = whole.Vision;
            }

            Language = DisposeWithThis(new LanguageModel(device, language, weights, language.VocabSize));
            Cache = DisposeWithThis(new KvBlockPool(CreateCache(device, language, cachedTokens)));
            Generator = new BareGenerator(device, Language, Cache, DisposeWithThis(new DecodePasses(device, Language, Cache.Cache)), tokenizer);
            Bytes = WeightBytes.Of(source, new ModelLayout(language, whole?.Vision, whole?.Connector));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where it runs; not owned.</summary>
    public Device Device { get; }

    /// <summary>Vision transformer; null for a language model alone.</summary>
    public VisionEncoder? Vision { get; }

    /// <summary>Its sizes.</summary>
    public VisionConfig? VisionConfig { get; }

    /// <summary>Connector; null for a language model alone.</summary>
    public VisualConnector? Connector { get; }

    /// <summary>Language model.</summary>
    public LanguageModel Language { get; }

    /// <summary>Its cache.</summary>
    public KvBlockPool Cache { get; }

    /// <summary>What continues prompts.</summary>
    public BareGenerator Generator { get; }

    /// <summary>Bytes that a pass over each part reads.</summary>
    public WeightBytes Bytes { get; }

    /// <summary>Makes a model with random weights.</summary>
    /// <param name="device">Where; not owned.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="dtype">How matrices are stored.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="cachedTokens">Positions of the key-value cache.</param>
    /// <exception cref="UniMedException">The device has no memory for the cache.</exception>
    public static BenchmarkModel Synthetic(Device device, SyntheticShape shape, SyntheticDtype dtype, int seed, int cachedTokens) => new(
        device, new SyntheticWeights(shape, dtype, seed), shape.Name, ByteVocabulary.Tokenizer(), shape.Language, shape.ToConfig(), cachedTokens);

    /// <summary>Loads a model folder.</summary>
    /// <param name="device">Where; not owned.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="cachedTokens">Positions of the key-value cache.</param>
    /// <exception cref="UniMedException">A file is missing or broken, or the device has no memory for the cache.</exception>
    public static BenchmarkModel Load(Device device, string folder, int cachedTokens)
    {
        UniMedConfig config = UniMedConfigFile.Read(Path.Combine(folder, UniMedConfigFile.FileName));
        LlamaTokenizer tokenizer = LlamaTokenizer.LoadForAnswers(folder);
        return new BenchmarkModel(device, SafetensorsSet.Open(folder), folder, tokenizer, config.Language, config, cachedTokens);
    }

    /// <summary>Gives everything back, last opened first.</summary>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned))
            owned.Dispose();
    }

    private static KvCache CreateCache(Device device, LanguageConfig config, int tokens)
    {
        int blocks = (tokens + UniMedModelOptions.KvBlockSize - 1) / UniMedModelOptions.KvBlockSize;
        try
        {
            return device.CreateKvCache(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, blocks, UniMedModelOptions.KvBlockSize);
        }
        catch (OutOfMemoryException error)
        {
            throw new UniMedException(UniMedFailure.OutOfMemory, $"There is no memory for a key-value cache of {tokens} positions beside the weights. Measure a smaller batch or a shorter prompt.", error);
        }
    }

    private T DisposeWithThis<T>(T opened)
        where T : IDisposable
    {
        _owned.Push(opened);
        return opened;
    }
}
