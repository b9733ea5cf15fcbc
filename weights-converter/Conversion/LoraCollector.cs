using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The LoRA pairs of a checkpoint (peft's names: MODULE.lora_A.ADAPTER.weight), by the language model's key of the weight they belong to.</summary>
internal sealed class LoraCollector(TensorPlan plan, TensorPool checkpoint, OptionResolver options, ConversionOptions flags)
{
    /// <summary>Where the language model's keys begin in a checkpoint.</summary>
    public const string Prefix = "llm_model.";

    /// <summary>The authors' default.</summary>
    private const double DefaultAlpha = 16;

    /// <summary>peft's variants of the scale or of the update, which leave no trace in the tensors.</summary>
    private static readonly (string Name, string Reason)[] Variants =
    [
        ("use_rslora", "rank-stabilized LoRA scales by alpha / sqrt(r)"), ("use_dora", "DoRA is not merged"), ("alpha_pattern", "every layer has one alpha here"),
        ("rank_pattern", "every layer has one rank here"), ("fan_in_fan_out", "weights are [out, in] here"), ("lora_bias", "LLaMA's layers have no bias"),
    ];

    private const int MaxRank = 1024;

    /// <summary>Most elements of one half of a pair: both halves are held as fp32 while their weight is merged.</summary>
    private const long MaxElements = 1L << 28;

    /// <summary>Takes all pairs.</summary>
    /// <param name="shapes">Shape of every weight of the language model, by key.</param>
    /// <returns>The pairs by key.</returns>
    /// <exception cref="ConversionException">Rank or alpha contradict the configuration.</exception>
    public IReadOnlyDictionary<string, LoraPair> Collect(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes)
    {
        var halves = new SortedDictionary<string, (SourceTensor? A, SourceTensor? B)>(StringComparer.Ordinal);
        var adapters = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string key in checkpoint.Keys.Where(k => k.Contains("lora_", StringComparison.Ordinal)).ToList())
        {
            if (!TryParse(key, out string target, out string adapter, out bool isA))
            {
                checkpoint.TryTake(key, out SourceTensor? other);
                plan.AddProblem(
                    $"{checkpoint.Description}: \"{other!.Key}\" is not a LoRA tensor that can be merged{(AdapterKind.Of(key) is { } kind ? $" ({kind})" : "")}; "
                    + "llm_model.*.lora_A.ADAPTER.weight and lora_B are. Merge it in Python (peft's merge_and_unload) and save the whole model.");
                continue;
            }

            adapters.Add(adapter);
            checkpoint.TryTake(key, out SourceTensor? tensor);
            (SourceTensor? a, SourceTensor? b) = halves.GetValueOrDefault(target);
            halves[target] = isA ? (tensor, b) : (a, tensor);
        }

        if (adapters.Count > 1)
        {
            throw new ConversionException(
                $"{checkpoint.Description} holds {adapters.Count} LoRA adapters ({string.Join(", ", adapters.Select(a => $"\"{a}\""))}); which of them the model uses is not in the file. "
                + "Save it with one.");
        }

        return halves.Count == 0 ? new Dictionary<string, LoraPair>() : Pair(halves, shapes);
    }

    private Dictionary<string, LoraPair> Pair(SortedDictionary<string, (SourceTensor? A, SourceTensor? B)> halves, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes)
    {
        foreach ((string name, string reason) in Variants)
            options.RefuseUnlessOff(name, reason);
        double alpha = options.Decide("lora_alpha", options.FindDouble("lora_alpha", flags.LoraAlpha), DefaultAlpha, "the authors' default").Value;
        ResolvedOption<int>? stated = options.FindInt("lora_r", null, max: MaxRank);
        var pairs = new Dictionary<string, LoraPair>(StringComparer.Ordinal);
        long? rank = stated?.Value;
        string rankOrigin = stated?.ToString() ?? "";
        foreach ((string target, (SourceTensor? a, SourceTensor? b)) in halves)
        {
            if (a is null || b is null)
            {
                plan.AddProblem($"{checkpoint.Description}: \"{target}\" has only one half of a LoRA pair, {(a ?? b)!.Key}.");
                continue;
            }

            if (!shapes.TryGetValue(target, out IReadOnlyList<long>? shape) || shape.Count != 2)
            {
                plan.AddProblem($"{checkpoint.Description}: \"{a.Key}\" belongs to no matrix of the language model.");
                continue;
            }

            if (a.Shape is not [> 0 and <= MaxRank, _] || !a.Shape.SequenceEqual([a.Shape[0], shape[1]]) || !b.Shape.SequenceEqual([shape[0], a.Shape[0]])
                || Math.Max(a.Count, b.Count) > MaxElements)
            {
                plan.AddProblem(
                    $"{checkpoint.Description}: \"{a.Key}\" and lora_B have shapes {TensorPlan.Text(a.Shape)} and {TensorPlan.Text(b.Shape)}; "
                    + $"[r, {shape[1]}] and [{shape[0]}, r] are expected, r at most {MaxRank}.");
                continue;
            }

            if (rank is null)
                (rank, rankOrigin) = (a.Shape[0], $"\"{a.Key}\" has rank {a.Shape[0]}");
            if (a.Shape[0] != rank)
                throw new ConversionException($"{checkpoint.Description}: {rankOrigin}, but \"{a.Key}\" has rank {a.Shape[0]}.");
            pairs[target] = new LoraPair(a, b, (int)a.Shape[0], alpha);
        }

        if (rank is { } decided)
            options.Decide("lora_r", stated, (int)decided, "the shapes of the LoRA tensors");
        return pairs;
    }

    private static bool TryParse(string key, out string target, out string adapter, out bool isA)
    {
        (target, adapter) = ("", "");
        isA = key.Contains(".lora_A.", StringComparison.Ordinal);
        string marker = isA ? ".lora_A." : ".lora_B.";
        int at = key.IndexOf(marker, StringComparison.Ordinal);
        if (at < Prefix.Length || !key.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        target = key[Prefix.Length..at] + ".weight";
        string[] rest = key[(at + marker.Length)..].Split('.');
        adapter = rest.Length == 2 ? rest[0] : "";
        return rest is ["weight"] or [_, "weight"];
    }
}
