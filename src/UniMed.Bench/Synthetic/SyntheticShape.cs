using UniMed.Inference;

namespace UniMed.Bench.Synthetic;

/// <summary>Sizes of a model whose weights are made up: for measuring speed where there are no weights.</summary>
/// <param name="Name">The name that selects it.</param>
/// <param name="Language">Language model.</param>
/// <param name="Vision">Vision transformer; null for a language model alone.</param>
/// <param name="Connector">Connector; null without a vision transformer.</param>
public sealed record SyntheticShape(string Name, LanguageConfig Language, VisionConfig? Vision = null, ConnectorConfig? Connector = null)
{
    /// <summary>The bundled small model.</summary>
    public static SyntheticShape Nano { get; } = new(
        "nano",
        Llama(hidden: 256, intermediate: 688, layers: 4, heads: 2, kvHeads: 2, headDim: 128, vocabulary: 1024, positions: 1024),
        Vit(imageSize: 168, width: 176, depth: 6, heads: 2, mlp: 768),
        Published(taskTokenC: 64));

    /// <summary>TinyLlama 1.1B: grouped heads.</summary>
    public static SyntheticShape TinyLlama { get; } = new(
        "tinyllama-1.1b",
        Llama(hidden: 2048, intermediate: 5632, layers: 22, heads: 32, kvHeads: 4, headDim: 64, vocabulary: 32000, positions: 2048));

    /// <summary>LLaMA-2-7B.</summary>
    public static SyntheticShape Llama2 { get; } = new("llama2-7b", Llama7B());

    /// <summary>Uni-Med as published: EVA ViT-g, five experts, LLaMA-2-7B.</summary>
    public static SyntheticShape UniMed7B { get; } = new(
        "uni-med-7b", Llama7B(), Vit(imageSize: 224, width: 1408, depth: 39, heads: 16, mlp: 6144), Published(taskTokenC: 5632));

    /// <summary>All shapes, smallest first.</summary>
    public static IReadOnlyList<SyntheticShape> All { get; } = [Nano, TinyLlama, Llama2, UniMed7B];

    /// <summary>A whole model: a language model alone gets the small model's vision transformer and connector.</summary>
    public SyntheticShape Whole() => Vision is null || Connector is null ? this with { Vision = Nano.Vision, Connector = Nano.Connector } : this;

    /// <summary>The shape as a model's configuration; null for a language model alone.</summary>
    public UniMedConfig? ToConfig() => Vision is null || Connector is null
        ? null
        : new UniMedConfig
        {
            Vision = Vision,
            Connector = Connector,
            Language = Language,
            Preprocess = new PreprocessConfig(),
            Prompt = new PromptConfig(),
            Provenance = new ProvenanceConfig { Converter = "none: random weights", Dtype = "synthetic", Sources = [] },
        };

    private static LanguageConfig Llama7B() =>
        Llama(hidden: 4096, intermediate: 11008, layers: 32, heads: 32, kvHeads: 32, headDim: 128, vocabulary: 32000, positions: 4096);

    private static LanguageConfig Llama(int hidden, int intermediate, int layers, int heads, int kvHeads, int headDim, int vocabulary, int positions) => new()
    {
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        NumHiddenLayers = layers,
        NumAttentionHeads = heads,
        NumKeyValueHeads = kvHeads,
        HeadDim = headDim,
        VocabSize = vocabulary,
        MaxPositionEmbeddings = positions,
        RmsNormEps = 1e-5,
    };

    private static VisionConfig Vit(int imageSize, int width, int depth, int heads, int mlp) =>
        new() { ImageSize = imageSize, PatchSize = 14, EmbedDim = width, Depth = depth, NumHeads = heads, MlpDim = mlp };

    private static ConnectorConfig Published(int taskTokenC) => new()
    {
        ProjectorType = ProjectorType.MoeMlp,
        HasMoe = true,
        ResampleMethod = ResampleMethod.Projection,
        ResampleRate = 4,
        RouterType = RouterType.Soft,
        RouterMethod = RouterMethod.TaskAndToken,
        NumExperts = 5,
        NumTaskTokens = 1,
        TaskTokenC = taskTokenC,
    };
}
