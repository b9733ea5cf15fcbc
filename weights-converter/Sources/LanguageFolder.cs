namespace UniMed.WeightsConverter.Sources;

/// <summary>A Hugging Face LLaMA folder: config.json, generation_config.json where there is one, tokenizer.model with the files that say more of its tokens, and the weights.</summary>
internal sealed class LanguageFolder : IDisposable
{
    private const string ConfigName = "config.json";
    private const string GenerationConfigName = "generation_config.json";
    private const string TokenizerName = "tokenizer.model";

    // What special tokens do to white space beside them: the engine reads these where it reads tokenizer.model.
    private static readonly string[] SpecialTokenNames = ["special_tokens_map.json", "tokenizer_config.json"];

    private readonly string _folder;
    private readonly LanguageWeights _weights;

    private LanguageFolder(string folder, LanguageWeights weights, JsonFile config, JsonFile? generation)
    {
        _folder = folder;
        _weights = weights;
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        Pool = new TensorPool("language", name, weights.Tensors, weights.Skipped, KeyLayout.Language);
        Config = config;
        Generation = generation;
        TokenizerPath = Path.Combine(folder, TokenizerName);
        TokenizerPaths = [TokenizerPath, .. SpecialTokenNames.Select(other => Path.Combine(folder, other)).Where(File.Exists)];
        Paths =
        [
            new("language", Path.Combine(folder, ConfigName)),
            .. generation is null ? Array.Empty<SourcePath>() : [new("language", Path.Combine(folder, GenerationConfigName))],
            .. weights.Paths.Select(p => new SourcePath("language", p)),
            .. TokenizerPaths.Select(path => new SourcePath("tokenizer", path)),
        ];
    }

    /// <summary>The weights.</summary>
    public TensorPool Pool { get; }

    /// <summary>What was decided about its files, one sentence each.</summary>
    public IReadOnlyList<string> Notes => _weights.Notes;

    /// <summary>config.json.</summary>
    public JsonFile Config { get; }

    /// <summary>generation_config.json, or null.</summary>
    public JsonFile? Generation { get; }

    /// <summary>tokenizer.model.</summary>
    public string TokenizerPath { get; }

    /// <summary>tokenizer.model, and what stands beside it about its special tokens.</summary>
    public IReadOnlyList<string> TokenizerPaths { get; }

    /// <summary>The files that were read, the tokenizer's last.</summary>
    public IReadOnlyList<SourcePath> Paths { get; }

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="keys">The weights that a configuration asks for; throws for one that is not computed.</param>
    /// <exception cref="UniMed.Inference.UniMedException">A file is missing or not usable.</exception>
    public static LanguageFolder Open(string folder, Func<JsonFile, IReadOnlyCollection<string>> keys)
    {
        if (!Directory.Exists(folder))
            throw new ConversionException($"{folder} is not a folder. The language model is a Hugging Face folder with {ConfigName}, {TokenizerName} and weights.");
        JsonFile config = JsonFile.Read(Path.Combine(folder, ConfigName));
        string generationPath = Path.Combine(folder, GenerationConfigName);
        JsonFile? generation = File.Exists(generationPath) ? JsonFile.Read(generationPath) : null;
        if (!File.Exists(Path.Combine(folder, TokenizerName)))
            throw new ConversionException($"{folder} holds no {TokenizerName}, the SentencePiece model of the tokenizer. Copy it from the model's original folder.");
        return new LanguageFolder(folder, LanguageWeights.Open(folder, keys(config)), config, generation);
    }

    /// <summary>Reads another file of the folder, or null when it is not there.</summary>
    public JsonFile? Find(string name) => File.Exists(Path.Combine(_folder, name)) ? JsonFile.Read(Path.Combine(_folder, name)) : null;

    public void Dispose() => _weights.Dispose();
}
