using System.CommandLine;
using System.Globalization;
using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Conversion;

namespace UniMed.WeightsConverter.Commands;

/// <summary>The command line's options, and the request they make.</summary>
internal sealed class ConvertOptions
{
    private readonly Option<string> _vision = Path("--vision", "The vision transformer, eva_vit_g.pth. A vit.json beside it gives its sizes.", "FILE");
    private readonly Option<string> _language = Path("--language", "The LLaMA folder in Hugging Face's layout: config.json, tokenizer.model, weights.", "DIR");
    private readonly Option<string> _checkpoint = Path("--checkpoint", "The training checkpoint, checkpoint_N.pth.", "FILE");
    private readonly Option<string> _output = Path("--output", "The folder to write.", "DIR");
    private readonly Option<string> _dtype = new("--dtype")
    {
        Description = "f16, bf16, f32, int8, int4, or keep: every tensor as in its source, merged ones f32.",
        DefaultValueFactory = _ => "f16",
    };

    private readonly Option<string?> _keepF16 = Parts("--keep-f16", "With --dtype int8 or int4: parts that stay f16.");
    private readonly Option<string?> _keepInt8 = Parts("--keep-int8", "With --dtype int4: parts that become int8; lm_head when not given.");

    private readonly Option<string> _maxShardSize = new("--max-shard-size")
    {
        Description = "Most tensor data in one safetensors file, such as 2GB or 500MiB.",
        DefaultValueFactory = _ => "4GiB",
        HelpName = "SIZE",
    };

    private readonly Option<bool> _force = new("--force") { Description = "Replace an output folder that is not empty." };
    private readonly Option<int?> _imageSize = Whole("--image-size", "Side of the input image in pixels.");
    private readonly Option<ProjectorType?> _projectorType = Word("--projector-type", ConnectorSpelling.ProjectorType);
    private readonly Option<string?> _hasMoe = Truth("--has-moe", "true when a mixture of experts projects.");
    private readonly Option<ResampleMethod?> _resampleMethod = Word("--resample-method", ConnectorSpelling.ResampleMethod);
    private readonly Option<int?> _resampleRate = Whole("--resample-rate", "Tokens joined by projection.");
    private readonly Option<RouterType?> _routerType = Word("--router-type", ConnectorSpelling.RouterType);
    private readonly Option<RouterMethod?> _routerMethod = Word("--router-method", ConnectorSpelling.RouterMethod);
    private readonly Option<int?> _numExperts = Whole("--num-experts", "Number of experts.");
    private readonly Option<int?> _sparseTopk = Whole("--sparse-topk", "Experts that a sparse router keeps.");
    private readonly Option<int?> _numTaskTokens = Whole("--num-task-tokens", "Task tokens of each task.");
    private readonly Option<int?> _taskTokenC = Whole("--task-token-c", "Width of a task token.");
    private readonly Option<int?> _vitHeads = Whole("--vit-heads", "Attention heads of the vision transformer.");
    private readonly Option<int?> _vitDepth = Whole("--vit-depth", "Blocks of the vision transformer that are used.");
    private readonly Option<double?> _loraAlpha = Number("--lora-alpha", "LoRA alpha: W' = W + (alpha / r) B A.");

    /// <summary>Print the report as JSON.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Print the report as JSON on standard output." };

    /// <summary>Write the report to a file.</summary>
    public Option<string?> Report { get; } = new("--report") { Description = "Also write the report, as JSON, to a file.", HelpName = "FILE" };

    /// <summary>Adds all options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all =
        [
            _vision, _language, _checkpoint, _output, _dtype, _keepF16, _keepInt8, _maxShardSize, _force, Json, Report, _imageSize, _projectorType, _hasMoe, _resampleMethod, _resampleRate,
            _routerType, _routerMethod, _numExperts, _sparseTopk, _numTaskTokens, _taskTokenC, _vitHeads, _vitDepth, _loraAlpha,
        ];
        foreach (Option option in all)
            command.Options.Add(option);
        _dtype.AcceptOnlyFromAmong("f16", "bf16", "f32", "int8", "int4", "keep");
        _maxShardSize.Validators.Add(result =>
        {
            if (!ByteSize.TryParse(result.GetValueOrDefault<string>() ?? "", out long _))
                result.AddError("--max-shard-size: a size such as 2GB or 500MiB is expected.");
        });
    }

    /// <summary>The request that a parsed command line makes.</summary>
    public ConversionRequest ToRequest(ParseResult parsed) => new()
    {
        VisionPath = parsed.GetRequiredValue(_vision),
        LanguageFolder = parsed.GetRequiredValue(_language),
        CheckpointPath = parsed.GetRequiredValue(_checkpoint),
        OutputFolder = parsed.GetRequiredValue(_output),
        Dtype = Enum.Parse<WeightDtype>(parsed.GetRequiredValue(_dtype), ignoreCase: true),
        KeepF16 = PartsOf(parsed.GetValue(_keepF16)),
        KeepInt8 = PartsOf(parsed.GetValue(_keepInt8)),
        Force = parsed.GetValue(_force),
        MaxShardBytes = ByteSize.TryParse(parsed.GetRequiredValue(_maxShardSize), out long bytes) ? bytes : ConversionRequest.DefaultMaxShardBytes,
        Options = new ConversionOptions
        {
            ImageSize = parsed.GetValue(_imageSize),
            ProjectorType = parsed.GetValue(_projectorType),
            HasMoe = bool.TryParse(parsed.GetValue(_hasMoe), out bool hasMoe) ? hasMoe : null,
            ResampleMethod = parsed.GetValue(_resampleMethod),
            ResampleRate = parsed.GetValue(_resampleRate),
            RouterType = parsed.GetValue(_routerType),
            RouterMethod = parsed.GetValue(_routerMethod),
            NumExperts = parsed.GetValue(_numExperts),
            SparseTopk = parsed.GetValue(_sparseTopk),
            NumTaskTokens = parsed.GetValue(_numTaskTokens),
            TaskTokenC = parsed.GetValue(_taskTokenC),
            VitHeads = parsed.GetValue(_vitHeads),
            VitDepth = parsed.GetValue(_vitDepth),
            LoraAlpha = parsed.GetValue(_loraAlpha),
        },
    };

    private static Option<string> Path(string name, string description, string helpName)
    {
        var option = new Option<string>(name) { Description = description, Required = true, HelpName = helpName };
        option.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
                result.AddError($"{name}: a path is expected, found an empty text.");
        });
        return option;
    }

    private static Option<string?> Parts(string name, string description)
    {
        var option = new Option<string?>(name) { Description = $"{description} A comma-separated list of {WeightParts.Choices}.", HelpName = "LIST" };
        option.Validators.Add(result =>
        {
            if (!WeightParts.TryParse(result.GetValueOrDefault<string>() ?? "", out IReadOnlyList<WeightPart> _))
                result.AddError($"{name}: a comma-separated list of {WeightParts.Choices} is expected.");
        });
        return option;
    }

    private static IReadOnlyList<WeightPart>? PartsOf(string? list) => list is not null && WeightParts.TryParse(list, out IReadOnlyList<WeightPart> parts) ? parts : null;

    private static Option<T> Model<T>(string name, string description) => new(name) { Description = description + " Only where the checkpoint's config does not say." };

    private static Option<int?> Whole(string name, string description) => Value<int?>(
        name, description, "a whole number", text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null);

    private static Option<double?> Number(string name, string description) => Value<double?>(
        name, description, "a number", text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null);

    /// <summary>Read as text: the parser takes what follows a truth value for another argument unless it is one.</summary>
    private static Option<string?> Truth(string name, string description) => Value(name, description, "true or false", text => bool.TryParse(text, out _) ? text : null);

    /// <summary>Read as files spell it; the parser itself would take the names that C# has.</summary>
    private static Option<T?> Word<T>(string name, OptionSpelling<T> spelling)
        where T : struct
    {
        Option<T?> option = Value<T?>(name, spelling.Choices + ".", spelling.Choices, text => spelling.TryParse(text, out T value) ? value : null);
        option.HelpName = "WORD";
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. spelling.Words]);
        return option;
    }

    /// <summary>An option whose error says what is expected in words.</summary>
    private static Option<T> Value<T>(string name, string description, string expected, Func<string, T> parse)
    {
        Option<T> option = Model<T>(name, description);
        option.Arity = ArgumentArity.ExactlyOne;
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            T value = parse(text);
            if (value is null)
                result.AddError($"{name}: {expected} is expected, found \"{text}\".");
            return value;
        };
        return option;
    }
}
