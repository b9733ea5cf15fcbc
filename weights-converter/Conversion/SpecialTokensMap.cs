namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// The special_tokens_map.json of a language folder that has none, nor a tokenizer_config.json: transformers then leaves white space beside special tokens alone. Without a file the engine
/// drops it, as models were converted before such files were copied.
/// </summary>
internal static class SpecialTokensMap
{
    /// <summary>Its name.</summary>
    public const string FileName = "special_tokens_map.json";

    /// <summary>Its content.</summary>
    public static ReadOnlySpan<byte> OfTokenizerAlone => """
        {
          "bos_token": {"content": "<s>", "lstrip": false, "rstrip": false},
          "eos_token": {"content": "</s>", "lstrip": false, "rstrip": false},
          "unk_token": {"content": "<unk>", "lstrip": false, "rstrip": false}
        }

        """u8;
}
