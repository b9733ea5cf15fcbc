namespace UniMed.WeightsConverter.Conversion;

/// <summary>Which matrices can be quantized, by the names of the output, and how lists of parts are spelled.</summary>
internal static class WeightParts
{
    /// <summary>The spellings, for messages.</summary>
    public const string Choices = "vision, connector (router and experts), router, experts, language (layers and lm_head), layers, lm_head, or none";

    private static readonly string[] VisionLayers = [".attn.qkv.weight", ".attn.proj.weight", ".mlp.fc1.weight", ".mlp.fc2.weight"];

    /// <summary>The part a tensor belongs to; null when it is never quantized: embeddings, norms, biases, tokens.</summary>
    public static WeightPart? Of(string name)
    {
        if (!name.EndsWith(".weight", StringComparison.Ordinal))
            return null;
        if (name.StartsWith("vision.blocks.", StringComparison.Ordinal))
            return VisionLayers.Any(layer => name.EndsWith(layer, StringComparison.Ordinal)) ? WeightPart.Vision : null;
        if (name.StartsWith("connector.router.", StringComparison.Ordinal))
            return WeightPart.Router;
        if (name.StartsWith("connector.moe_layers.", StringComparison.Ordinal) || name.StartsWith("connector.llm_proj.", StringComparison.Ordinal))
            return WeightPart.Experts;
        if (name.StartsWith("language.model.layers.", StringComparison.Ordinal))
            return name.EndsWith("_proj.weight", StringComparison.Ordinal) ? WeightPart.Layers : null;
        return name == "language.lm_head.weight" ? WeightPart.LmHead : null;
    }

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
