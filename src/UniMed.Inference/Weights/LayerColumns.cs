namespace UniMed.Inference.Weights;

/// <summary>Input features of the matrices that can be quantized, by their names in a model folder.</summary>
internal static class LayerColumns
{
    /// <summary>Columns of a matrix; 0 for a name that is none of them.</summary>
    public static long Of(string name, UniMedConfig config) => name.Split('.') switch
    {
        ["vision", "blocks", _, "mlp", "fc2", _] => config.Vision.MlpDim,
        ["vision", "blocks", ..] => config.Vision.EmbedDim,
        ["connector", "router", "fc1", _] => Router(config),
        ["connector", "router", "fc2", _] => 4 * Router(config),
        ["connector", "moe_layers", _, "0", _] or ["connector", "llm_proj", "weight"] or ["connector", "llm_proj", "0", _] => Token(config),
        ["connector", "moe_layers" or "llm_proj", ..] => config.Language.HiddenSize,
        ["language", "model", "layers", _, "self_attn", "o_proj", _] => (long)config.Language.NumAttentionHeads * config.Language.HeadDim,
        ["language", "model", "layers", _, "mlp", "down_proj", _] => config.Language.IntermediateSize,
        ["language", "model", "layers", ..] or ["language", "lm_head", _] => config.Language.HiddenSize,
        _ => 0,
    };

    /// <summary>Channels of one visual token.</summary>
    private static long Token(UniMedConfig config) =>
        config.Connector.ResampleMethod == "projection" ? (long)config.Vision.EmbedDim * config.Connector.ResampleRate : config.Vision.EmbedDim;

    private static long Router(UniMedConfig config) => config.Connector.RouterMethod switch
    {
        "router_task_token" => config.Connector.TaskTokenC + Token(config),
        "router_task" => config.Connector.TaskTokenC,
        _ => Token(config),
    };
}
