using System.Text.Json;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// Which properties of a LLaMA config.json are read, which may be ignored and why, and which are accepted with one value only. Any other property is an error: nobody knows whether it changes
/// what the model computes.
/// </summary>
internal static class LanguageConfigKeys
{
    private static readonly HashSet<string> Read =
    [
        "model_type", "architectures", "hidden_act", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size",
        "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters", "tie_word_embeddings", "bos_token_id", "eos_token_id", "pad_token_id", "attention_bias", "mlp_bias",
    ];

    private static readonly Dictionary<string, string[]> Ignored = new()
    {
        ["names and versions"] = ["_name_or_path", "name_or_path", "_commit_hash", "transformers_version", "unsloth_version", "unsloth_fixed", "tokenizer_class", "finetuning_task", "task_specific_params"],
        ["the type and the program that Transformers computes with, not what it computes"] =
        [
            "torch_dtype", "dtype", "use_cache", "use_bfloat16", "torchscript", "tf_legacy_loss", "_attn_implementation", "attn_implementation", "_attn_implementation_autoset",
            "_attn_implementation_internal", "_flash_attn_2_enabled", "use_flash_attention", "use_flash_attn", "use_flash_attention_2", "chunk_size_feed_forward",
        ],
        ["products cut in parts and added: the same but for rounding"] = ["pretraining_tp"],
        ["training"] =
        [
            "initializer_range", "attention_dropout", "hidden_dropout", "resid_pdrop", "embd_pdrop", "attn_pdrop", "gradient_checkpointing", "use_gradient_checkpointing", "problem_type",
            "num_labels", "id2label", "label2id",
        ],
        ["what a call returns"] = ["output_attentions", "output_hidden_states", "return_dict", "return_dict_in_generate", "output_scores"],
        ["written by the first converters, read by no version of Transformers"] = ["max_sequence_length"],
        ["how Transformers generates when nobody says; UniMed's requests say it themselves"] =
        [
            "do_sample", "temperature", "top_k", "top_p", "num_beams", "early_stopping", "max_length", "max_new_tokens", "min_length", "length_penalty", "num_return_sequences",
        ],
        ["tokens that LLaMA does not use"] = ["unk_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "decoder_start_token_id", "prefix"],
        ["belongs to a sliding window, which is refused when it is on"] = ["max_window_layers"],
    };

    private static readonly HashSet<string> AllIgnored = [.. Ignored.Values.SelectMany(keys => keys)];

    /// <summary>Properties that change what is computed, with the values that change nothing.</summary>
    private static readonly Dictionary<string, string[]> Neutral = new()
    {
        ["bias"] = ["false"],
        ["qkv_bias"] = ["false"],
        ["use_qk_norm"] = ["false"],
        ["qk_norm"] = ["false"],
        ["qk_layernorm"] = ["false"],
        ["use_sliding_window"] = ["false"],
        ["partial_rotary_factor"] = ["1", "1.0"],
        ["rotary_pct"] = ["1", "1.0"],
        ["rope_interleaved"] = ["false"],
        ["embedding_multiplier"] = ["1", "1.0"],
        ["residual_multiplier"] = ["1", "1.0"],
        ["logits_scaling"] = ["1", "1.0"],
        ["logit_scale"] = ["1", "1.0"],
        ["is_encoder_decoder"] = ["false"],
        ["is_decoder"] = ["false", "true"],
        ["add_cross_attention"] = ["false"],
        ["tie_encoder_decoder"] = ["false"],
        ["pruned_heads"] = ["{}"],
        ["repetition_penalty"] = ["1", "1.0"],
        ["encoder_no_repeat_ngram_size"] = ["0"],
        ["no_repeat_ngram_size"] = ["0"],
        ["diversity_penalty"] = ["0", "0.0"],
        ["num_beam_groups"] = ["1"],
        ["typical_p"] = ["1", "1.0"],
        ["remove_invalid_values"] = ["false"],
    };

    /// <summary>Checks every property.</summary>
    /// <exception cref="ConversionException">One is not known, or has a value that is not computed.</exception>
    public static void Check(JsonFile config)
    {
        var problems = new List<string>();
        foreach (JsonProperty property in config.Root.EnumerateObject())
        {
            if (Read.Contains(property.Name) || AllIgnored.Contains(property.Name) || property.Value.ValueKind == JsonValueKind.Null || IsNeutral(config, property))
                continue;
            problems.Add($"\"{property.Name}\" is {JsonFile.Describe(property.Value)}: {Reason(property)}.");
        }

        if (problems.Count > 0)
        {
            throw new ConversionException(
                $"{config.Name} describes a model that may not be the plain LLaMA that is computed: {string.Join(" ", problems)} "
                + "If the model computes the same without it, remove the property; otherwise the model cannot be converted.");
        }
    }

    private static bool IsNeutral(JsonFile config, JsonProperty property) => property.Name switch
    {
        "sliding_window" => property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt64(out long window)
            && (window >= config.Int("max_position_embeddings", 2048) || config.Root.TryGetProperty("use_sliding_window", out JsonElement used) && used.ValueKind == JsonValueKind.False),
        "layer_types" => property.Value.ValueKind == JsonValueKind.Array
            && property.Value.EnumerateArray().All(layer => layer.ValueKind == JsonValueKind.String && layer.GetString() == "full_attention"),
        _ => Neutral.TryGetValue(property.Name, out string[]? values) && values.Contains(property.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal)),
    };

    private static string Reason(JsonProperty property) => property.Name switch
    {
        "quantization_config" => "the weights are quantized; give the folder with the original weights",
        "auto_map" => "the model brings code of its own, which is never run",
        "sliding_window" => "only attention to all positions is computed",
        _ when Neutral.TryGetValue(property.Name, out string[]? values) => $"only {values[0]} is computed",
        _ => "a property that is not known here",
    };
}
