namespace UniMed.WeightsConverter.Sources;

/// <summary>A Hugging Face LLaMA folder: config.json, generation_config.json where there is one, tokenizer.model and the weights.</summary>
internal sealed class LanguageFolder : IDisposable
{
    private const string ConfigName = "config.json";
    private const string GenerationConfigName = "generation_config.json";
    private const string TokenizerName = "tokenizer.model";

    private readonly LanguageWeights _weights;

    private LanguageFolder(string folder, LanguageWeights weights, JsonFile config, JsonFile? generation)
    {
        _weights = weights;
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        Pool = new TensorPool("language", name, weights.Tensors);
        Config = config;
        Generation = generation;
        TokenizerPath = Path.Combine(folder, TokenizerName);
        Paths =
        [
            new("language", Path.Combine(folder, ConfigName)),
            .. generation is null ? Array.Empty<SourcePath>() : [new("language", Path.Combine(folder, GenerationConfigName))],
            .. weights.Paths.Select(p => new SourcePath("language", p)),
            new("tokenizer", TokenizerPath),
        ];
    }

    /// <summary>The weights.</summary>
    public TensorPool Pool { get; }

    /// <summary>Keys whose value is not a tensor that can be read.</summary>
    public IReadOnlyList<string> Others => _weights.Others;

    /// <summary>config.json.</summary>
    public JsonFile Config { get; }

    /// <summary>generation_config.json, or null.</summary>
    public JsonFile? Generation { get; }

    /// <summary>tokenizer.model.</summary>
    public string TokenizerPath { get; }

    /// <summary>The files that were read, the tokenizer last.</summary>
    public IReadOnlyList<SourcePath> Paths { get; }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="UniMed.Inference.UniMedException">A file is missing or not usable.</exception>
    public static LanguageFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ConversionException($"{folder} is not a folder. The language model is a Hugging Face folder with {ConfigName}, {TokenizerName} and weights.");
        JsonFile config = JsonFile.Read(Path.Combine(folder, ConfigName));
        string generationPath = Path.Combine(folder, GenerationConfigName);
        JsonFile? generation = File.Exists(generationPath) ? JsonFile.Read(generationPath) : null;
        if (!File.Exists(Path.Combine(folder, TokenizerName)))
            throw new ConversionException($"{folder} holds no {TokenizerName}, the SentencePiece model of the tokenizer. Copy it from the model's original folder.");
        return new LanguageFolder(folder, LanguageWeights.Open(folder), config, generation);
    }

    public void Dispose() => _weights.Dispose();
}
