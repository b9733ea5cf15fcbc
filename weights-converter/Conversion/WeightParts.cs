using UniMed.Inference.Weights.Layout;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Which matrices are quantized or kept together, and how lists of parts are spelled.</summary>
internal static class WeightParts
{
    /// <summary>The spellings, for messages.</summary>
    public const string Choices = "vision, connector (router and experts), router, experts, language (layers and lm_head), layers, lm_head, or none";

    /// <summary>The part a tensor belongs to; null when it is never quantized: embeddings, norms, biases, tokens.</summary>
    public static WeightPart? Of(TensorRole role) => role switch
    {
        TensorRole.VisionLayer => WeightPart.Vision,
        TensorRole.RouterLayer => WeightPart.Router,
        TensorRole.ProjectionLayer => WeightPart.Experts,
        TensorRole.LanguageLayer => WeightPart.Layers,
        TensorRole.LmHead => WeightPart.LmHead,
        _ => null,
    };

    /// <summary>The spelling of a part.</summary>
    public static string Text(WeightPart part) => part == WeightPart.LmHead ? "lm_head" : part.ToString().ToLowerInvariant();

    /// <summary>Reads a comma-separated list; false when it holds an unknown name, or none beside others.</summary>
    public static bool TryParse(string text, out IReadOnlyList<WeightPart> parts)
    {
        var found = new SortedSet<WeightPart>();
        parts = [];
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        if (names is ["none"])
            return true;
        foreach (string name in names)
        {
            WeightPart[]? named = name switch
            {
                "vision" => [WeightPart.Vision],
                "connector" => [WeightPart.Router, WeightPart.Experts],
                "router" => [WeightPart.Router],
                "experts" => [WeightPart.Experts],
                "language" => [WeightPart.Layers, WeightPart.LmHead],
                "layers" => [WeightPart.Layers],
                "lm_head" => [WeightPart.LmHead],
                _ => null,
            };
            if (named is null)
                return false;
            found.UnionWith(named);
        }

        parts = [.. found];
        return true;
    }
}
