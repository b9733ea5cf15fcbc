using System.Globalization;

namespace UniMed.Inference.Weights;

/// <summary>What a <see cref="UniMedConfig"/> must fulfil before anything is built from it: sizes positive, bounded and consistent, options known.</summary>
/// <remarks>The bounds lie far above every published model; they keep later size arithmetic inside 32 bits. Source: uni-med sections 2, 3 and 5.</remarks>
internal sealed class UniMedConfigValidation
{
    private const int MaxImageSize = 1 << 14;
    private const int MaxWidth = 1 << 20;
    private const int MaxCount = 1 << 12;
    private const int MaxChannels = 1 << 24;
    private const int MaxIds = 1 << 22;

    private readonly List<string> _problems = [];

    private UniMedConfigValidation()
    {
    }

    /// <summary>Checks all values and reports all problems at once.</summary>
    /// <param name="source">Path of the file, for the message.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="advice">What to do.</param>
    /// <exception cref="UniMedException">A value is impossible; the message lists each with what was expected.</exception>
    public static void Check(string source, UniMedConfig config, string advice = "Correct the file, or convert the model again with unimed-convert.")
    {
        var validation = new UniMedConfigValidation();
        validation.CheckFormat(config);
        validation.CheckVision(config.Vision);
        validation.CheckConnector(config.Connector, config.Vision);
        validation.CheckLanguage(config.Language);
        validation.CheckPreprocess(config.Preprocess);
        validation.CheckPrompt(config.Prompt, config.Language);
        validation.CheckProvenance(config.Provenance);
        if (validation._problems.Count > 0)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{source}: the configuration is impossible. {string.Join(" ", validation._problems)} {advice}");
    }

    private void CheckFormat(UniMedConfig config)
    {
        OneOf("format", config.Format, UniMedConfig.FormatName);
        Require(config.FormatVersion == UniMedConfig.CurrentVersion, "format_version", config.FormatVersion, $"{UniMedConfig.CurrentVersion}");
    }

    private void CheckVision(VisionConfig vision)
    {
        Size("vision.image_size", vision.ImageSize, MaxImageSize);
        Size("vision.patch_size", vision.PatchSize, MaxImageSize);
        Divides("vision.patch_size", vision.PatchSize, "vision.image_size", vision.ImageSize);
        Size("vision.embed_dim", vision.EmbedDim, MaxWidth);
        Size("vision.depth", vision.Depth, MaxCount);
        Size("vision.num_heads", vision.NumHeads, MaxCount);
        Divides("vision.num_heads", vision.NumHeads, "vision.embed_dim", vision.EmbedDim);
        Size("vision.mlp_dim", vision.MlpDim, MaxWidth);
        Positive("vision.layer_norm_eps", vision.LayerNormEps);
        Positive("vision.ln_vision_eps", vision.LnVisionEps);
    }

    private void CheckConnector(ConnectorConfig connector, VisionConfig vision)
    {
        bool moe = connector.ProjectorType.HasExperts;
        Require(connector.HasMoe == moe, "connector.has_moe", connector.HasMoe, $"{(moe ? "true" : "false")}, since projector_type is {connector.ProjectorType}");
        OneOf(ConnectorSpelling.ResampleMethod, connector.ResampleMethod);
        Size("connector.resample_rate", connector.ResampleRate, ConnectorConfig.MaxResampleRate);
        CheckGrid(connector, vision);
        Count("connector.num_task_tokens", connector.NumTaskTokens, ConnectorConfig.MaxTaskTokens);
        Count("connector.task_token_c", connector.TaskTokenC, ConnectorConfig.MaxTaskTokenC);
        if (connector.NumTaskTokens > 0)
            Size("connector.task_token_c", connector.TaskTokenC, ConnectorConfig.MaxTaskTokenC);
        if (connector.HasMoe)
            CheckRouter(connector);
    }

    private void CheckGrid(ConnectorConfig connector, VisionConfig vision)
    {
        if (vision.ImageSize <= 0 || vision.PatchSize <= 0 || connector.ResampleRate <= 0)
            return;
        long patches = (long)vision.Grid * vision.Grid;
        if (connector.ResampleMethod == ResampleMethod.Projection)
        {
            Require(patches % connector.ResampleRate == 0, "connector.resample_rate", connector.ResampleRate, $"a divisor of the {patches} patches of an image");
            long channels = (long)vision.EmbedDim * connector.ResampleRate;
            Require(channels <= MaxChannels, "connector.resample_rate", connector.ResampleRate, $"one that makes visual tokens of at most {MaxChannels} channels, not of {channels}");
        }
        else
        {
            Require(vision.Grid >= 2, "vision.image_size", vision.ImageSize, "at least two patches along a side, since resample_method pools 2 x 2 patches");
        }
    }

    private void CheckRouter(ConnectorConfig connector)
    {
        Size("connector.num_experts", connector.NumExperts, ConnectorConfig.MaxExperts);
        OneOf(ConnectorSpelling.RouterType, connector.RouterType);
        if (connector.RouterType == RouterType.Sparse)
            Require(connector.SparseTopk >= 1 && connector.SparseTopk <= connector.NumExperts, "connector.sparse_topk", connector.SparseTopk, $"1 to num_experts ({connector.NumExperts})");
        if (connector.HasRouter || connector.RouterMethod is not null)
            OneOf(ConnectorSpelling.RouterMethod, connector.RouterMethod);
        if (connector is { HasRouter: true, RouterMethod: RouterMethod.TaskAndToken or RouterMethod.Task })
            Require(connector.NumTaskTokens > 0, "connector.num_task_tokens", connector.NumTaskTokens, $"at least 1, since router_method is {connector.RouterMethod.Value.Name()}");
    }

    private void CheckLanguage(LanguageConfig language)
    {
        Size("language.hidden_size", language.HiddenSize, MaxWidth);
        Size("language.intermediate_size", language.IntermediateSize, MaxWidth);
        Size("language.num_hidden_layers", language.NumHiddenLayers, MaxCount);
        Size("language.num_attention_heads", language.NumAttentionHeads, MaxCount);
        Size("language.num_key_value_heads", language.NumKeyValueHeads, MaxCount);
        Divides("language.num_key_value_heads", language.NumKeyValueHeads, "language.num_attention_heads", language.NumAttentionHeads);
        Size("language.head_dim", language.HeadDim, MaxCount);
        Require(language.HeadDim % 2 == 0, "language.head_dim", language.HeadDim, "an even number, since the rotary embedding turns pairs of channels");
        Size("language.vocab_size", language.VocabSize, MaxIds);
        Size("language.max_position_embeddings", language.MaxPositionEmbeddings, MaxIds);
        Positive("language.rms_norm_eps", language.RmsNormEps);
        Positive("language.rope_theta", language.RopeTheta);
    }

    private void CheckPreprocess(PreprocessConfig preprocess)
    {
        OneOf("preprocess.resample", preprocess.Resample, "bicubic");
        Require(AreFinite(preprocess.Mean), "preprocess.mean", preprocess.Mean, "three finite numbers");
        Require(AreFinite(preprocess.Std) && preprocess.Std[0] > 0 && preprocess.Std[1] > 0 && preprocess.Std[2] > 0, "preprocess.std", preprocess.Std, "three finite numbers above 0");
    }

    private void CheckPrompt(PromptConfig prompt, LanguageConfig language)
    {
        const string Instruction = "{instruction}";
        Require(prompt.ImagePlaceholder.Length > 0, "prompt.image_placeholder", prompt.ImagePlaceholder, "the text that stands for the image");
        Require(Occurs(prompt.ImageTemplate, prompt.ImagePlaceholder) == 1 && Occurs(prompt.ImageTemplate, Instruction) == 1, "prompt.image_template", prompt.ImageTemplate, $"exactly one {Instruction} and one image_placeholder");
        Require(Occurs(prompt.TextTemplate, prompt.ImagePlaceholder) == 0 && Occurs(prompt.TextTemplate, Instruction) == 1, "prompt.text_template", prompt.TextTemplate, $"exactly one {Instruction} and no image_placeholder");
        TokenId("bos", prompt.BosTokenId, language);
        TokenId("eos", prompt.EosTokenId, language);
        TokenId("unk", prompt.UnkTokenId, language);
        TokenId("pad", prompt.PadTokenId, language);
    }

    private void CheckProvenance(ProvenanceConfig provenance)
    {
        Require(provenance.Converter.Length > 0, "provenance.converter", provenance.Converter, "the converter and its version");
        OneOf("provenance.dtype", provenance.Dtype, "f32", "f16", "bf16", "int8", "int4", "keep");
        for (int i = 0; i < provenance.Sources.Count; i++)
        {
            SourceFile source = provenance.Sources[i];
            string place = $"provenance.sources[{i}]";
            OneOf($"{place}.role", source.Role, "vision", "language", "tokenizer", "checkpoint");
            Require(source.Name.Length > 0, $"{place}.name", source.Name, "a file name");
            Require(source.Bytes >= 0, $"{place}.bytes", source.Bytes, "0 or more");
            Require(IsSha256(source.Sha256), $"{place}.sha256", source.Sha256, "64 lower-case hexadecimal digits");
        }

        Count("provenance.lora_rank", provenance.LoraRank, MaxWidth);
        Require(double.IsFinite(provenance.LoraAlpha) && provenance.LoraAlpha >= 0, "provenance.lora_alpha", provenance.LoraAlpha, "a finite number, 0 or more");
    }

    private static bool IsSha256(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
                return false;
        }

        return text.Length == 64;
    }

    private static bool AreFinite(IReadOnlyList<float> channels) =>
        channels.Count == 3 && float.IsFinite(channels[0]) && float.IsFinite(channels[1]) && float.IsFinite(channels[2]);

    private static int Occurs(string text, string part) =>
        part.Length == 0 ? 0 : text.Split(part).Length - 1;

    private static string Join(IReadOnlyList<float> values) =>
        $"[{string.Join(", ", values.Select(v => v.ToString(CultureInfo.InvariantCulture)))}]";

    private void Size(string name, int value, int most) => Require(value >= 1 && value <= most, name, value, $"1 to {most}");

    private void Count(string name, int value, int most) => Require(value >= 0 && value <= most, name, value, $"0 to {most}");

    private void Positive(string name, double value) => Require(double.IsFinite(value) && value > 0, name, value, "a finite number above 0");

    private void TokenId(string name, int id, LanguageConfig language) =>
        Require(id >= 0 && id < language.VocabSize, $"prompt.{name}_token_id", id, $"a token id below language.vocab_size ({language.VocabSize})");

    private void Divides(string divisorName, int divisor, string name, int value) =>
        Require(divisor <= 0 || value % divisor == 0, name, value, $"a multiple of {divisorName} ({divisor})");

    private void OneOf<T>(OptionSpelling<T> spelling, T? value)
        where T : struct =>
        Require(value is { } given && spelling.Contains(given), $"connector.{spelling.Option}", value, spelling.Choices);

    private void OneOf(string name, string? value, params ReadOnlySpan<string> options) =>
        Require(value is not null && options.Contains(value), name, value, string.Join(" or ", options.ToArray()));

    private void Require(bool holds, string name, object? found, string expected)
    {
        if (holds)
            return;
        string shown = found switch
        {
            null => "null",
            string text => SafetensorsException.Quote(text),
            bool flag => flag ? "true" : "false",
            IReadOnlyList<float> values => Join(values),
            _ => Convert.ToString(found, CultureInfo.InvariantCulture)!,
        };
        _problems.Add($"{name} is {shown}; expected {expected}.");
    }
}
