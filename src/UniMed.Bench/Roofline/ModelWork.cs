using UniMed.Inference;

namespace UniMed.Bench.Roofline;

/// <summary>Floating-point operations of each part: two for each multiplication of a product; norms, softmax and activations are not counted.</summary>
internal static class ModelWork
{
    /// <summary>One image through the vision transformer.</summary>
    public static double Vision(VisionConfig config)
    {
        double width = config.EmbedDim;
        double patches = config.Grid * (double)config.Grid;
        double rows = patches + 1;
        double embedding = 2 * patches * 3 * config.PatchSize * config.PatchSize * width;
        double block = (2 * rows * ((4 * width * width) + (2 * width * config.MlpDim))) + (4 * rows * rows * width);
        return embedding + (config.Depth * block);
    }

    /// <summary>A prompt through the language model, with logits of its last row.</summary>
    public static double Prompt(LanguageConfig config, int tokens) =>
        (tokens * Layers(config)) + Attention(config, tokens * (tokens + 1.0) / 2) + (2.0 * config.HiddenSize * config.VocabSize);

    /// <summary>One more token at a position.</summary>
    public static double Step(LanguageConfig config, int position) => Layers(config) + Attention(config, position + 1.0) + (2.0 * config.HiddenSize * config.VocabSize);

    private static double Layers(LanguageConfig config)
    {
        double hidden = config.HiddenSize;
        double projections = hidden * config.HeadDim * ((2.0 * config.NumAttentionHeads) + (2.0 * config.NumKeyValueHeads));
        return 2 * config.NumHiddenLayers * (projections + (3 * hidden * config.IntermediateSize));
    }

    /// <summary>Scores and weighted sums over so many pairs of a query and a cached position.</summary>
    private static double Attention(LanguageConfig config, double pairs) => 4 * pairs * config.NumHiddenLayers * config.NumAttentionHeads * config.HeadDim;
}
