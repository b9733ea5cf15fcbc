namespace UniMed.WeightsConverter.Conversion;

/// <summary>What peft trains beside plain LoRA, by the names of its tensors: each changes what the model computes, and none is merged here.</summary>
internal static class AdapterKind
{
    private static readonly (string Part, string Kind)[] Kinds =
    [
        ("lora_magnitude_vector", "DoRA"), ("lora_embedding_", "LoRA of an embedding"), ("lora_E", "AdaLoRA"), ("ranknum", "AdaLoRA"), ("vera_", "VeRA"), ("hada_", "LoHa"), ("lokr_", "LoKr"),
        ("boft_", "BOFT"), ("oft_", "OFT"), ("ia3_", "IA3"), ("prompt_encoder", "prompt tuning"), ("prompt_embeddings", "prompt tuning"), ("adaption_", "LLaMA-Adapter"),
    ];

    /// <summary>The kind, or null for a key that is of no known one.</summary>
    public static string? Of(string key) => Kinds.FirstOrDefault(k => key.Split('.').Any(part => part.StartsWith(k.Part, StringComparison.Ordinal))).Kind;
}
