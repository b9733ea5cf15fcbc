namespace UniMed.WeightsConverter.Sources;

/// <summary>A key without the wrappers that training libraries put around modules.</summary>
/// <param name="Name">The key that the model itself would give the tensor.</param>
/// <param name="Wrapper">The parts that were taken off, joined by points; empty for none.</param>
/// <param name="Rank">Which of several tensors of one name is the model's: the highest.</param>
internal readonly record struct UnwrappedKey(string Name, string Wrapper, KeyRank Rank)
{
    /// <summary>Wrappers that hold one module and compute what it computes: torch.compile, DistributedDataParallel and DeepSpeed, FSDP, activation checkpointing, Fabric.</summary>
    private static readonly HashSet<string> Transparent = ["_orig_mod", "module", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module", "_forward_module"];

    /// <summary>Takes the known wrappers off a key.</summary>
    /// <param name="key">The key in the file.</param>
    /// <param name="layout">Where the source's keys begin.</param>
    public static UnwrappedKey Of(string key, KeyLayout layout)
    {
        string[] parts = key.Split('.');
        var kept = new List<string>(parts.Length);
        var removed = new List<string>();
        KeyRank rank = KeyRank.Usual;
        for (int i = 0; i < parts.Length; i++)
        {
            switch (parts[i])
            {
                case var part when Transparent.Contains(part):
                    removed.Add(part);
                    break;
                case "base_layer":
                    // peft: the layer that LoRA adds to.
                    removed.Add(parts[i]);
                    break;
                case "original_module":
                    // peft: the module as it was before training, kept beside the trained copy.
                    removed.Add(parts[i]);
                    rank = KeyRank.Original;
                    break;
                case "modules_to_save":
                    // peft: the trained copy, behind the adapter's name.
                    removed.Add(parts[i]);
                    rank = KeyRank.Trained;
                    if (i + 2 < parts.Length)
                        removed.Add(parts[++i]);
                    break;
                default:
                    kept.Add(parts[i]);
                    break;
            }
        }

        int root = RootOf(kept, layout);
        if (root < 0)
            return new UnwrappedKey(key, "", KeyRank.Usual);
        removed.InsertRange(0, kept.Take(root));
        kept.RemoveRange(0, root);
        // peft's two levels inside the language model: PeftModel.base_model is a LoraModel, whose model is the wrapped one. The authors' own checkpoints have them: no wrapper to speak of.
        while (kept is ["llm_model", "base_model", "model", ..])
            kept.RemoveRange(1, 2);

        return new UnwrappedKey(string.Join('.', kept), string.Join('.', removed), rank);
    }

    /// <summary>The last part that can be the root, all parts before it being wrappers; -1 when there is none.</summary>
    private static int RootOf(List<string> parts, KeyLayout layout)
    {
        int found = -1;
        for (int i = 0; i < parts.Count; i++)
        {
            if (layout.Roots.Contains(parts[i]))
                found = i;
            if (!layout.Leading.Contains(parts[i]))
                break;
        }

        return found;
    }
}
