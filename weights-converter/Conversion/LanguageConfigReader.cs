using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Sizes and token ids from a Hugging Face LLaMA config.json; variants that the engine does not compute are refused with the reason.</summary>
internal static class LanguageConfigReader
{
    private const int MaxLayers = 1000;
    private const int MaxWidth = 1 << 20;

    /// <summary>Reads the sizes.</summary>
    /// <exception cref="ConversionException">A size is missing or impossible, or the model is not a plain LLaMA.</exception>
    public static LanguageConfig ReadSizes(JsonFile config)
    {
        Refuse(config);
        int hidden = config.Int("hidden_size", max: MaxWidth);
        int heads = config.Int("num_attention_heads", max: MaxWidth);
        int keyHeads = config.Int("num_key_value_heads", heads, MaxWidth);
        if (!config.Has("head_dim") && hidden % heads != 0)
            throw new ConversionException($"{config.Name}: num_attention_heads {heads} does not divide hidden_size {hidden}.");
        int headDim = config.Int("head_dim", hidden / heads, MaxWidth);
        if (headDim % 2 != 0)
            throw new ConversionException($"{config.Name}: heads of {headDim} channels; the rotary embedding needs an even number.");
        if (heads % keyHeads != 0)
            throw new ConversionException($"{config.Name}: num_key_value_heads {keyHeads} does not divide num_attention_heads {heads}.");
        return new LanguageConfig
        {
            HiddenSize = hidden,
            IntermediateSize = config.Int("intermediate_size", max: MaxWidth),
            NumHiddenLayers = config.Int("num_hidden_layers", max: MaxLayers),
            NumAttentionHeads = heads,
            NumKeyValueHeads = keyHeads,
            HeadDim = headDim,
            VocabSize = config.Int("vocab_size", max: 1 << 24),
            MaxPositionEmbeddings = config.Int("max_position_embeddings", 2048),
            RmsNormEps = config.Double("rms_norm_eps", 1e-6),
            RopeTheta = config.Double("rope_theta", 10000),
            TieWordEmbeddings = config.Bool("tie_word_embeddings", false),
        };
    }

    /// <summary>Reads the token ids: config.json first, generation_config.json where it says nothing, then LLaMA's own.</summary>
    public static PromptConfig ReadPrompt(JsonFile config, JsonFile? generation)
    {
        int? Find(string property) => config.TokenId(property) ?? generation?.TokenId(property);

        var usual = new PromptConfig();
        return usual with
        {
            BosTokenId = Find("bos_token_id") ?? usual.BosTokenId,
            EosTokenId = Find("eos_token_id") ?? usual.EosTokenId,
            PadTokenId = Find("pad_token_id") ?? usual.PadTokenId,
        };
    }

    private static void Refuse(JsonFile config)
    {
        if (config.Text("model_type") is { } type && type != "llama")
            throw new ConversionException($"{config.Name}: model_type is \"{type}\"; Uni-Med's language model is a \"llama\".");
        if (config.Text("hidden_act") is { } activation && activation != "silu")
            throw new ConversionException($"{config.Name}: hidden_act is \"{activation}\"; only \"silu\" (SwiGLU) is computed.");
        if (config.Has("rope_scaling"))
            throw new ConversionException($"{config.Name}: rope_scaling is set; only the plain rotary embedding is computed.");
        foreach (string bias in (string[])["attention_bias", "mlp_bias"])
        {
            if (config.Bool(bias, false))
                throw new ConversionException($"{config.Name}: {bias} is true; only layers without bias are computed.");
        }
    }
}
