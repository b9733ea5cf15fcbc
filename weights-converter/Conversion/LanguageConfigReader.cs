using System.Text.Json;
using UniMed.Inference;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Sizes from a Hugging Face LLaMA config.json; variants that the engine does not compute are refused with the reason.</summary>
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
        int heads = config.Int("num_attention_heads", max: 1 << 12);
        int keyHeads = config.Int("num_key_value_heads", heads, MaxWidth);
        if (!config.Has("head_dim") && hidden % heads != 0)
            throw new ConversionException($"{config.Name}: num_attention_heads {heads} does not divide hidden_size {hidden}.");
        int headDim = config.Int("head_dim", hidden / heads, 1 << 12);
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
            VocabSize = config.Int("vocab_size", max: 1 << 22),
            MaxPositionEmbeddings = config.Int("max_position_embeddings", 2048, 1 << 22),
            RmsNormEps = config.Double("rms_norm_eps", 1e-6),
            RopeTheta = RopeConfigReader.ReadTheta(config),
            TieWordEmbeddings = config.Bool("tie_word_embeddings", false),
        };
    }

    private static void Refuse(JsonFile config)
    {
        if (config.Text("model_type") is { } type && type != "llama")
            throw new ConversionException($"{config.Name}: model_type is \"{type}\"; Uni-Med's language model is a \"llama\".");
        CheckArchitecture(config);
        // ACT2FN knows the same function by both names.
        if (config.Text("hidden_act") is { } activation && activation is not ("silu" or "swish"))
            throw new ConversionException($"{config.Name}: hidden_act is \"{activation}\"; only \"silu\" (SwiGLU) is computed.");
        foreach (string bias in (string[])["attention_bias", "mlp_bias"])
        {
            if (config.Bool(bias, false))
                throw new ConversionException($"{config.Name}: {bias} is true; only layers without bias are computed.");
        }

        LanguageConfigKeys.Check(config);
    }

    private static void CheckArchitecture(JsonFile config)
    {
        if (!config.Has("architectures"))
            return;
        JsonElement architectures = config.Root.GetProperty("architectures");
        string[] names = architectures.ValueKind == JsonValueKind.Array
            ? [.. architectures.EnumerateArray().Select(a => a.ValueKind == JsonValueKind.String ? a.GetString()! : a.GetRawText())]
            : [architectures.GetRawText()];
        if (names.Length > 0 && !names.Any(name => name.Equals("LlamaForCausalLM", StringComparison.OrdinalIgnoreCase)))
            throw new ConversionException($"{config.Name}: architectures is {JsonFile.Describe(architectures)}; Uni-Med's language model is a LlamaForCausalLM.");
    }
}
