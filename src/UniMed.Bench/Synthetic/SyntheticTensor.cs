using UniMed.Inference;

namespace UniMed.Bench.Synthetic;

/// <summary>A tensor of a synthetic model.</summary>
/// <param name="Name">Name in a model folder.</param>
/// <param name="Rows">Rows; 1 for a vector.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Role">What it is for.</param>
internal sealed record SyntheticTensor(string Name, int Rows, int Columns, SyntheticRole Role)
{
    private static readonly string[] ImageTasks = ["vqa", "refer", "identify", "caption", "cls"];

    /// <summary>All tensors of a model, in the order the engine loads them.</summary>
    public static IEnumerable<SyntheticTensor> Of(SyntheticShape shape)
    {
        IEnumerable<SyntheticTensor> vision = shape.Vision is { } vit ? OfVision(vit) : [];
        IEnumerable<SyntheticTensor> connector = shape is { Vision: { } seen, Connector: { } joined } ? OfConnector(seen, joined, shape.Language.HiddenSize) : [];
        return [.. vision, .. connector, .. OfLanguage(shape.Language)];
    }

    private static IEnumerable<SyntheticTensor> OfVision(VisionConfig config)
    {
        int width = config.EmbedDim;
        yield return new("vision.patch_embed.proj.weight", width, 3 * config.PatchSize * config.PatchSize, SyntheticRole.Table);
        yield return new("vision.patch_embed.proj.bias", 1, width, SyntheticRole.Vector);
        yield return new("vision.cls_token", 1, width, SyntheticRole.Vector);
        yield return new("vision.pos_embed", 1 + (config.Grid * config.Grid), width, SyntheticRole.Table);
        for (int block = 0; block < config.Depth; block++)
        {
            string name = $"vision.blocks.{block}.";
            yield return new(name + "norm1.weight", 1, width, SyntheticRole.NormScale);
            yield return new(name + "norm1.bias", 1, width, SyntheticRole.Vector);
            yield return new(name + "attn.qkv.weight", 3 * width, width, SyntheticRole.Layer);
            yield return new(name + "attn.q_bias", 1, width, SyntheticRole.Vector);
            yield return new(name + "attn.v_bias", 1, width, SyntheticRole.Vector);
            yield return new(name + "attn.proj.weight", width, width, SyntheticRole.Layer);
            yield return new(name + "attn.proj.bias", 1, width, SyntheticRole.Vector);
            yield return new(name + "norm2.weight", 1, width, SyntheticRole.NormScale);
            yield return new(name + "norm2.bias", 1, width, SyntheticRole.Vector);
            yield return new(name + "mlp.fc1.weight", config.MlpDim, width, SyntheticRole.Layer);
            yield return new(name + "mlp.fc1.bias", 1, config.MlpDim, SyntheticRole.Vector);
            yield return new(name + "mlp.fc2.weight", width, config.MlpDim, SyntheticRole.Layer);
            yield return new(name + "mlp.fc2.bias", 1, width, SyntheticRole.Vector);
        }
    }

    private static IEnumerable<SyntheticTensor> OfConnector(VisionConfig vision, ConnectorConfig config, int hidden)
    {
        int channels = config.ResampleRate * vision.EmbedDim;
        int routerHidden = 4 * (config.TaskTokenC + channels);
        yield return new("connector.router.fc1.weight", routerHidden, config.TaskTokenC + channels, SyntheticRole.Layer);
        yield return new("connector.router.fc1.bias", 1, routerHidden, SyntheticRole.Vector);
        yield return new("connector.router.fc2.weight", config.NumExperts, routerHidden, SyntheticRole.Layer);
        yield return new("connector.router.fc2.bias", 1, config.NumExperts, SyntheticRole.Vector);
        foreach (string task in ImageTasks)
            yield return new($"connector.task_tokens.{task}", config.NumTaskTokens, config.TaskTokenC, SyntheticRole.Vector);
        for (int expert = 0; expert < config.NumExperts; expert++)
        {
            string name = $"connector.moe_layers.{expert}.";
            yield return new(name + "0.weight", hidden, channels, SyntheticRole.Layer);
            yield return new(name + "0.bias", 1, hidden, SyntheticRole.Vector);
            yield return new(name + "2.weight", hidden, hidden, SyntheticRole.Layer);
            yield return new(name + "2.bias", 1, hidden, SyntheticRole.Vector);
        }
    }

    private static IEnumerable<SyntheticTensor> OfLanguage(LanguageConfig config)
    {
        int hidden = config.HiddenSize;
        int queryWidth = config.NumAttentionHeads * config.HeadDim;
        int kvWidth = config.NumKeyValueHeads * config.HeadDim;
        yield return new("language.model.embed_tokens.weight", config.VocabSize, hidden, SyntheticRole.Table);
        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            string name = $"language.model.layers.{layer}.";
            yield return new(name + "input_layernorm.weight", 1, hidden, SyntheticRole.NormScale);
            yield return new(name + "self_attn.q_proj.weight", queryWidth, hidden, SyntheticRole.Layer);
            yield return new(name + "self_attn.k_proj.weight", kvWidth, hidden, SyntheticRole.Layer);
            yield return new(name + "self_attn.v_proj.weight", kvWidth, hidden, SyntheticRole.Layer);
            yield return new(name + "self_attn.o_proj.weight", hidden, queryWidth, SyntheticRole.Layer);
            yield return new(name + "post_attention_layernorm.weight", 1, hidden, SyntheticRole.NormScale);
            yield return new(name + "mlp.gate_proj.weight", config.IntermediateSize, hidden, SyntheticRole.Layer);
            yield return new(name + "mlp.up_proj.weight", config.IntermediateSize, hidden, SyntheticRole.Layer);
            yield return new(name + "mlp.down_proj.weight", hidden, config.IntermediateSize, SyntheticRole.Layer);
        }

        yield return new("language.model.norm.weight", 1, hidden, SyntheticRole.NormScale);
        yield return new("language.lm_head.weight", config.VocabSize, hidden, SyntheticRole.LmHead);
    }
}
