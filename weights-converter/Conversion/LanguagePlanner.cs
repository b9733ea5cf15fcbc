using UniMed.Inference;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The language model's tensors: the folder's, or the checkpoint's whole weights in their place, plus LoRA.</summary>
internal sealed class LanguagePlanner(TensorPlan plan, TensorPool language, TensorPool checkpoint, LanguageConfig config)
{
    private const string HeadKey = "lm_head.weight";
    private const string EmbeddingKey = "model.embed_tokens.weight";

    /// <summary>Plans all tensors.</summary>
    /// <param name="lora">Where LoRA pairs come from.</param>
    /// <returns>The pairs that are merged.</returns>
    public IReadOnlyDictionary<string, LoraPair> Plan(LoraCollector lora)
    {
        OrderedDictionary<string, long[]> shapes = Shapes(config);
        IReadOnlyDictionary<string, LoraPair> pairs = lora.Collect(shapes);
        foreach ((string key, long[] shape) in shapes)
            plan.Require("language." + key, shape, pairs.GetValueOrDefault(key), Candidates(key));
        if (config.TieWordEmbeddings)
            PlanTiedHead();
        return pairs;
    }

    /// <summary>Keys and shapes of all weights.</summary>
    public static OrderedDictionary<string, long[]> Shapes(LanguageConfig config)
    {
        long hidden = config.HiddenSize;
        long queries = (long)config.NumAttentionHeads * config.HeadDim;
        long keys = (long)config.NumKeyValueHeads * config.HeadDim;
        var shapes = new OrderedDictionary<string, long[]>(StringComparer.Ordinal) { [EmbeddingKey] = [config.VocabSize, hidden] };
        for (int i = 0; i < config.NumHiddenLayers; i++)
        {
            string layer = $"model.layers.{i}.";
            shapes[layer + "input_layernorm.weight"] = [hidden];
            shapes[layer + "self_attn.q_proj.weight"] = [queries, hidden];
            shapes[layer + "self_attn.k_proj.weight"] = [keys, hidden];
            shapes[layer + "self_attn.v_proj.weight"] = [keys, hidden];
            shapes[layer + "self_attn.o_proj.weight"] = [hidden, queries];
            shapes[layer + "post_attention_layernorm.weight"] = [hidden];
            shapes[layer + "mlp.gate_proj.weight"] = [config.IntermediateSize, hidden];
            shapes[layer + "mlp.up_proj.weight"] = [config.IntermediateSize, hidden];
            shapes[layer + "mlp.down_proj.weight"] = [hidden, config.IntermediateSize];
        }

        shapes["model.norm.weight"] = [hidden];
        if (!config.TieWordEmbeddings)
            shapes[HeadKey] = [config.VocabSize, hidden];
        return shapes;
    }

    /// <summary>A head in the folder is the embedding again. One in the checkpoint was trained: it must be the same as the embedding that is used.</summary>
    private void PlanTiedHead()
    {
        foreach (TensorCandidate candidate in Candidates(HeadKey))
            plan.ExplainUnused(candidate.Pool, candidate.Key, "tie_word_embeddings is true: the token embedding is the head");
        SourceTensor? embedding = plan.Tensors.FirstOrDefault(t => t.Name == "language." + EmbeddingKey)?.Source;
        if (embedding is not null && checkpoint.TryPeek(LoraCollector.Prefix + HeadKey, out SourceTensor? head) && !TensorComparer.AreEqual(head, embedding))
        {
            plan.AddProblem(
                $"{checkpoint.Description}: \"{head.Key}\" is a head of its own, but config.json of the language folder says tie_word_embeddings true: the embedding would take its place. "
                + "Set tie_word_embeddings to false there if the head was trained apart from the embedding.");
        }
    }

    private TensorCandidate[] Candidates(string key) => [new(checkpoint, LoraCollector.Prefix + key), new(language, key)];
}
