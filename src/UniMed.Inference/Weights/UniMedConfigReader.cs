using System.Text.Json;

namespace UniMed.Inference.Weights;

/// <summary>Makes a <see cref="UniMedConfig"/> of the document of <c>config.json</c>: snake_case names, nothing unknown, nothing twice, no null where none is allowed. <see cref="UniMedConfigWriter"/> is its counterpart.</summary>
internal static class UniMedConfigReader
{
    /// <summary>Reads the whole file. Whether sizes are possible is not looked at.</summary>
    /// <param name="file">Path, for messages.</param>
    /// <param name="root">The document's root.</param>
    /// <exception cref="UniMedException">A member is unknown, missing or doubled, or no object where one is expected.</exception>
    /// <exception cref="JsonException">A value is of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">A text is not valid UTF-8.</exception>
    public static UniMedConfig Read(string file, JsonElement root)
    {
        var members = new UniMedConfigMembers(file, root, "", ["format", "format_version", "vision", "connector", "language", "preprocess", "prompt", "provenance"]);
        return new UniMedConfig
        {
            Format = members.Text("format"),
            FormatVersion = members.Int32("format_version"),
            Vision = Vision(members),
            Connector = Connector(members),
            Language = Language(members),
            Preprocess = Preprocess(members),
            Prompt = Prompt(members),
            Provenance = Provenance(members),
        };
    }

    private static VisionConfig Vision(UniMedConfigMembers root)
    {
        UniMedConfigMembers vision = root.Object("vision", ["image_size", "patch_size", "embed_dim", "depth", "num_heads", "mlp_dim", "layer_norm_eps", "ln_vision_eps"]);
        return new VisionConfig
        {
            ImageSize = vision.Int32("image_size"),
            PatchSize = vision.Int32("patch_size"),
            EmbedDim = vision.Int32("embed_dim"),
            Depth = vision.Int32("depth"),
            NumHeads = vision.Int32("num_heads"),
            MlpDim = vision.Int32("mlp_dim"),
            LayerNormEps = vision.Double("layer_norm_eps"),
            LnVisionEps = vision.Double("ln_vision_eps"),
        };
    }

    private static ConnectorConfig Connector(UniMedConfigMembers root)
    {
        UniMedConfigMembers connector = root.Object(
            "connector",
            ["projector_type", "has_moe", "resample_method", "resample_rate", "router_type", "router_method", "num_experts", "sparse_topk", "num_task_tokens", "task_token_c"]);
        return new ConnectorConfig
        {
            ProjectorType = connector.Option(ConnectorSpelling.ProjectorType),
            HasMoe = connector.Bool("has_moe"),
            ResampleMethod = connector.Option(ConnectorSpelling.ResampleMethod),
            ResampleRate = connector.Int32("resample_rate"),
            RouterType = connector.OptionOrNull(ConnectorSpelling.RouterType),
            RouterMethod = connector.OptionOrNull(ConnectorSpelling.RouterMethod),
            NumExperts = connector.Int32("num_experts"),
            SparseTopk = connector.Int32("sparse_topk"),
            NumTaskTokens = connector.Int32("num_task_tokens"),
            TaskTokenC = connector.Int32("task_token_c"),
        };
    }

    private static LanguageConfig Language(UniMedConfigMembers root)
    {
        UniMedConfigMembers language = root.Object(
            "language",
            [
                "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size", "max_position_embeddings",
                "rms_norm_eps", "rope_theta", "tie_word_embeddings",
            ]);
        return new LanguageConfig
        {
            HiddenSize = language.Int32("hidden_size"),
            IntermediateSize = language.Int32("intermediate_size"),
            NumHiddenLayers = language.Int32("num_hidden_layers"),
            NumAttentionHeads = language.Int32("num_attention_heads"),
            NumKeyValueHeads = language.Int32("num_key_value_heads"),
            HeadDim = language.Int32("head_dim"),
            VocabSize = language.Int32("vocab_size"),
            MaxPositionEmbeddings = language.Int32("max_position_embeddings"),
            RmsNormEps = language.Double("rms_norm_eps"),
            RopeTheta = language.Double("rope_theta"),
            TieWordEmbeddings = language.Bool("tie_word_embeddings"),
        };
    }

    private static PreprocessConfig Preprocess(UniMedConfigMembers root)
    {
        UniMedConfigMembers preprocess = root.Object("preprocess", ["resample", "mean", "std"]);
        return new PreprocessConfig { Resample = preprocess.Text("resample"), Mean = preprocess.Floats("mean"), Std = preprocess.Floats("std") };
    }

    private static PromptConfig Prompt(UniMedConfigMembers root)
    {
        UniMedConfigMembers prompt = root.Object("prompt", ["image_template", "text_template", "image_placeholder", "bos_token_id", "eos_token_id", "unk_token_id", "pad_token_id"]);
        return new PromptConfig
        {
            ImageTemplate = prompt.Text("image_template"),
            TextTemplate = prompt.Text("text_template"),
            ImagePlaceholder = prompt.Text("image_placeholder"),
            BosTokenId = prompt.Int32("bos_token_id"),
            EosTokenId = prompt.Int32("eos_token_id"),
            UnkTokenId = prompt.Int32("unk_token_id"),
            PadTokenId = prompt.Int32("pad_token_id"),
        };
    }

    private static ProvenanceConfig Provenance(UniMedConfigMembers root)
    {
        UniMedConfigMembers provenance = root.Object("provenance", ["converter", "dtype", "sources", "lora_rank", "lora_alpha"]);
        UniMedConfigMembers[] files = provenance.Objects("sources", ["role", "name", "bytes", "sha256"]);
        var sources = new SourceFile[files.Length];
        for (int i = 0; i < files.Length; i++)
            sources[i] = new SourceFile(files[i].Text("role"), files[i].Text("name"), files[i].Int64("bytes"), files[i].Text("sha256"));
        return new ProvenanceConfig
        {
            Converter = provenance.Text("converter"),
            Dtype = provenance.Text("dtype"),
            Sources = sources,
            LoraRank = provenance.Int32("lora_rank"),
            LoraAlpha = provenance.Double("lora_alpha"),
        };
    }
}
