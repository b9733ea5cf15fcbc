namespace UniMed.WeightsConverter.Sources;

/// <summary>Where the keys of a source begin once its wrappers are taken off.</summary>
/// <param name="Roots">First parts of the keys.</param>
/// <param name="Leading">Parts that may stand in front of them: models that hold the model.</param>
internal sealed record KeyLayout(IReadOnlySet<string> Roots, IReadOnlySet<string> Leading)
{
    /// <summary>The authors' whole model.</summary>
    public static KeyLayout Checkpoint { get; } = new(
        new HashSet<string> { "llm_model", "visual_encoder", "ln_vision", "task_tokens", "router", "moe_layers", "llm_proj" },
        new HashSet<string> { "model", "state_dict", "base_model", "net", "network" });

    /// <summary>Hugging Face's LlamaForCausalLM.</summary>
    public static KeyLayout Language { get; } = new(
        new HashSet<string> { "model", "lm_head" },
        new HashSet<string> { "model", "state_dict", "base_model", "net", "network", "llm_model" });

    /// <summary>EVA-CLIP's vision transformer.</summary>
    public static KeyLayout Vision { get; } = new(
        new HashSet<string> { "cls_token", "pos_embed", "patch_embed", "blocks", "norm", "fc_norm", "head" },
        new HashSet<string> { "model", "state_dict", "net", "network", "visual", "visual_encoder" });
}
