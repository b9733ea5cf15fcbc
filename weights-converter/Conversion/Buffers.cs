namespace UniMed.WeightsConverter.Conversion;

/// <summary>Tensors that PyTorch and Transformers save beside the parameters, and that follow from the configuration.</summary>
internal static class Buffers
{
    private static readonly string[] Names =
        ["rotary_emb.inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached", "position_ids", "relative_position_index", "masked_bias", "num_batches_tracked"];

    /// <summary>True for the key of a buffer.</summary>
    public static bool IsBuffer(string key) =>
        Array.Exists(Names, name => key.EndsWith(name, StringComparison.Ordinal) && (key.Length == name.Length || key[^(name.Length + 1)] == '.'));
}
