using UniMed.Inference;
using UniMed.Inference.Weights.Layout;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The language model's tensors: the folder's, or the checkpoint's whole weights in their place, plus LoRA.</summary>
internal sealed class LanguagePlanner(TensorPlan plan, TensorPool language, TensorPool checkpoint, LanguageConfig config)
{
    /// <summary>Plans all tensors.</summary>
    /// <param name="lora">Where LoRA pairs come from.</param>
    /// <returns>The pairs that are merged.</returns>
    public IReadOnlyDictionary<string, LoraPair> Plan(LoraCollector lora)
    {
        var layout = new LanguageLayout(config);
        IReadOnlyDictionary<string, LoraPair> pairs = lora.Collect(layout.Tensors.ToDictionary(Key, tensor => tensor.Shape, StringComparer.Ordinal));
        foreach (LayoutTensor tensor in layout.Tensors)
            plan.Require(tensor, pairs.GetValueOrDefault(Key(tensor)), Candidates(Key(tensor)));
        if (layout.LmHead is null)
            PlanTiedHead(layout.EmbedTokens);
        return pairs;
    }

    /// <summary>Keys of all weights in the language model's folder.</summary>
    public static IReadOnlyCollection<string> Keys(LanguageConfig config) => [.. new LanguageLayout(config).Tensors.Select(Key)];

    /// <summary>A head in the folder is the embedding again. One in the checkpoint was trained: it must be the same as the embedding that is used.</summary>
    private void PlanTiedHead(LayoutTensor embedTokens)
    {
        string headKey = Key(LanguageLayout.HeadOf(config));
        foreach (TensorCandidate candidate in Candidates(headKey))
            plan.ExplainUnused(candidate.Pool, candidate.Key, "tie_word_embeddings is true: the token embedding is the head");
        SourceTensor? embedding = plan.Tensors.FirstOrDefault(t => t.Layout == embedTokens)?.Source;
        if (embedding is not null && checkpoint.TryPeek(LoraCollector.Prefix + headKey, out SourceTensor? head) && !TensorComparer.AreEqual(head, embedding))
        {
            plan.AddProblem(
                $"{checkpoint.Description}: \"{head.Key}\" is a head of its own, but config.json of the language folder says tie_word_embeddings true: the embedding would take its place. "
                + "Set tie_word_embeddings to false there if the head was trained apart from the embedding.");
        }
    }

    private static string Key(LayoutTensor tensor) => tensor.Name[LanguageLayout.Prefix.Length..];

    private TensorCandidate[] Candidates(string key) => [new(checkpoint, LoraCollector.Prefix + key), new(language, key)];
}
