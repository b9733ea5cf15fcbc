using UniMed.Inference;

namespace UniMed.Tests.Weights;

/// <summary>The published configuration at its full size.</summary>
internal static class ExampleConfig
{
    public static UniMedConfig Create() => new()
    {
        Vision = new VisionConfig { ImageSize = 224, PatchSize = 14, EmbedDim = 1408, Depth = 39, NumHeads = 16, MlpDim = 6144 },
        Connector = new ConnectorConfig
        {
            ProjectorType = ProjectorType.MoeMlp,
            HasMoe = true,
            ResampleMethod = ResampleMethod.Projection,
            ResampleRate = 4,
            RouterType = RouterType.Soft,
            RouterMethod = RouterMethod.TaskAndToken,
            NumExperts = 5,
            NumTaskTokens = 1,
            TaskTokenC = 5632,
        },
        Language = new LanguageConfig
        {
            HiddenSize = 4096,
            IntermediateSize = 11008,
            NumHiddenLayers = 32,
            NumAttentionHeads = 32,
            NumKeyValueHeads = 32,
            HeadDim = 128,
            VocabSize = 32000,
            MaxPositionEmbeddings = 4096,
            RmsNormEps = 1e-5,
        },
        Preprocess = new PreprocessConfig(),
        Prompt = new PromptConfig(),
        Provenance = new ProvenanceConfig
        {
            Converter = "unimed-convert 0.1.0",
            Dtype = "keep",
            Sources = [new SourceFile("vision", "eva_vit_g.pth", 2_000_000_000, new string('a', 64))],
            LoraRank = 8,
            LoraAlpha = 16,
        },
    };
}
