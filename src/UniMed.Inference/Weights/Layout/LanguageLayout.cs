namespace UniMed.Inference.Weights.Layout;

/// <summary>The tensors of the language model.</summary>
internal sealed class LanguageLayout
{
    /// <summary>How names begin; the rest are Hugging Face's names of LlamaForCausalLM.</summary>
    public const string Prefix = "language.";

    private readonly List<LayoutTensor> _tensors = [];

    /// <summary>Lays a language model out.</summary>
    public LanguageLayout(LanguageConfig config)
    {
        var language = new LayoutBuilder(_tensors, Prefix);
        EmbedTokens = language.Matrix("model.embed_tokens.weight", config.VocabSize, config.HiddenSize, TensorRole.Table);
        Layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(index => LayLayer(language.Under($"model.layers.{index}."), config))];
        Norm = language.Vector("model.norm.weight", config.HiddenSize, TensorRole.NormScale);
        LmHead = config.TieWordEmbeddings ? null : Head(language, config);
    }

    /// <summary>The embedding table, [vocabulary, hidden].</summary>
    public LayoutTensor EmbedTokens { get; }

    /// <summary>The layers.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Scale of the last norm.</summary>
    public LayoutTensor Norm { get; }

    /// <summary>The head, [vocabulary, hidden]; null when it is the embedding table.</summary>
    public LayoutTensor? LmHead { get; }

    /// <summary>All of them, in the order of the file.</summary>
    public IReadOnlyList<LayoutTensor> Tensors => _tensors;

    /// <summary>The head of a model, whether or not it has one of its own.</summary>
    public static LayoutTensor HeadOf(LanguageConfig config) => Head(new LayoutBuilder([], Prefix), config);

    private static LayoutTensor Head(LayoutBuilder language, LanguageConfig config) => language.Matrix("lm_head.weight", config.VocabSize, config.HiddenSize, TensorRole.LmHead);

    private static Layer LayLayer(LayoutBuilder layer, LanguageConfig config)
    {
        long hidden = config.HiddenSize;
        long queries = (long)config.NumAttentionHeads * config.HeadDim;
        long keys = (long)config.NumKeyValueHeads * config.HeadDim;
        return new Layer(
            layer.Vector("input_layernorm.weight", hidden, TensorRole.NormScale),
            layer.Matrix("self_attn.q_proj.weight", queries, hidden, TensorRole.LanguageLayer),
            layer.Matrix("self_attn.k_proj.weight", keys, hidden, TensorRole.LanguageLayer),
            layer.Matrix("self_attn.v_proj.weight", keys, hidden, TensorRole.LanguageLayer),
            layer.Matrix("self_attn.o_proj.weight", hidden, queries, TensorRole.LanguageLayer),
            layer.Vector("post_attention_layernorm.weight", hidden, TensorRole.NormScale),
            layer.Matrix("mlp.gate_proj.weight", config.IntermediateSize, hidden, TensorRole.LanguageLayer),
            layer.Matrix("mlp.up_proj.weight", config.IntermediateSize, hidden, TensorRole.LanguageLayer),
            layer.Matrix("mlp.down_proj.weight", hidden, config.IntermediateSize, TensorRole.LanguageLayer));
    }

    /// <summary>The tensors of one layer.</summary>
    internal sealed record Layer(
        LayoutTensor InputNorm,
        LayoutTensor QProj,
        LayoutTensor KProj,
        LayoutTensor VProj,
        LayoutTensor OProj,
        LayoutTensor PostAttentionNorm,
        LayoutTensor GateProj,
        LayoutTensor UpProj,
        LayoutTensor DownProj);
}
