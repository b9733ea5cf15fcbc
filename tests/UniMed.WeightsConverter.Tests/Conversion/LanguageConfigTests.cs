using System.Text.Json.Nodes;
using UniMed.Inference;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

/// <summary>config.json of the language model: what changes the computation is read or refused, whatever version of Transformers wrote it.</summary>
public class LanguageConfigTests
{
    [Theory]
    [InlineData("rope_theta", "500000.0", 500000)]
    [InlineData("rope_parameters", """{"rope_theta": 500000.0, "rope_type": "default"}""", 500000)]
    [InlineData("rope_parameters", """{"rope_theta": 20000, "rope_type": "default", "partial_rotary_factor": 1.0}""", 20000)]
    [InlineData("rope_parameters", """{"rope_type": "default"}""", 10000)]
    [InlineData("rope_parameters", "null", 10000)]
    [InlineData("rope_scaling", "null", 10000)]
    [InlineData("rope_scaling", """{"rope_type": "default"}""", 10000)]
    [InlineData("rope_scaling", """{"type": "default"}""", 10000)]
    [InlineData("rope_scaling", """{"type": "linear", "factor": 1.0}""", 10000)]
    [InlineData("rope_scaling", "{}", 10000)]
    [InlineData("use_cache", "true", 10000)]
    public void The_base_of_the_rotary_embedding_is_read_in_old_and_new_spelling(string property, string value, double theta)
    {
        using var folder = new TemporaryFolder();
        Conversions.Run(With(folder, (property, value)));
        Assert.Equal(theta, UniMedConfigFile.Read(folder.At("out", "config.json")).Language.RopeTheta);
    }

    [Theory]
    [InlineData("rope_parameters", """{"rope_theta": 500000.0, "rope_type": "llama3", "factor": 8.0}""", "type \"llama3\" (factor 8)")]
    [InlineData("rope_parameters", """{"rope_theta": 10000.0, "rope_type": "yarn", "factor": 4}""", "type \"yarn\"")]
    [InlineData("rope_parameters", """{"rope_theta": 10000.0, "partial_rotary_factor": 0.5}""", "\"partial_rotary_factor\" is 0.5 (a float)")]
    [InlineData("rope_parameters", """{"full_attention": {"rope_theta": 1e6}}""", "\"full_attention\" is {\"rope_theta\":1e6} (an object)")]
    [InlineData("rope_parameters", "10000", "\"rope_parameters\" is 10000 (an integer); an object or null is expected")]
    [InlineData("rope_parameters", """{"rope_theta": "500000"}""", "\"rope_theta\" is \"500000\" (a string); a positive number is expected")]
    [InlineData("rope_scaling", """{"type": "linear", "factor": 2}""", "type \"linear\" (factor 2)")]
    [InlineData("rope_scaling", """{"type": "dynamic", "factor": 2}""", "type \"dynamic\"")]
    [InlineData("rope_scaling", """{"rope_type": "longrope", "long_factor": [1]}""", "type \"longrope\"")]
    [InlineData("model_type", "\"qwen2\"", "model_type is \"qwen2\"")]
    [InlineData("architectures", """["MistralForCausalLM"]""", "\"MistralForCausalLM\"")]
    [InlineData("sliding_window", "32", "\"sliding_window\" is 32 (an integer): only attention to all positions is computed")]
    [InlineData("partial_rotary_factor", "0.5", "\"partial_rotary_factor\" is 0.5 (a float): only 1 is computed")]
    [InlineData("quantization_config", """{"quant_method": "gptq", "bits": 4}""", "the weights are quantized")]
    [InlineData("auto_map", """{"AutoModel": "modeling.X"}""", "code of its own, which is never run")]
    [InlineData("logits_scaling", "8.0", "\"logits_scaling\" is 8.0 (a float)")]
    [InlineData("residual_multiplier", "0.22", "\"residual_multiplier\"")]
    [InlineData("attention_multiplier", "0.0078125", "\"attention_multiplier\"")]
    [InlineData("final_logit_softcapping", "30.0", "\"final_logit_softcapping\"")]
    [InlineData("use_qk_norm", "true", "\"use_qk_norm\" is true (a truth value)")]
    [InlineData("pruned_heads", """{"0": [1]}""", "\"pruned_heads\"")]
    [InlineData("num_experts_per_tok", "2", "\"num_experts_per_tok\" is 2 (an integer): a property that is not known here")]
    [InlineData("mlp_bias", "true", "mlp_bias is true")]
    [InlineData("num_hidden_layers", "1.0", "\"num_hidden_layers\" is 1.0 (a float); a whole number")]
    [InlineData("rms_norm_eps", "\"1e-5\"", "\"rms_norm_eps\" is \"1e-5\" (a string)")]
    [InlineData("tie_word_embeddings", "1", "\"tie_word_embeddings\" is 1 (an integer); true or false is expected")]
    [InlineData("hidden_act", "\"gelu_new\"", "only \"silu\"")]
    public void What_changes_the_computation_and_is_not_computed_is_refused_by_name(string property, string value, string reason)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(reason, Conversions.Refusal(With(folder, (property, value))), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("out")));
    }

    [Fact]
    public void Two_bases_that_disagree_are_refused()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = With(folder, ("rope_theta", "10000"), ("rope_parameters", """{"rope_theta": 500000.0, "rope_type": "default"}"""));
        Assert.Contains("two bases of the rotary embedding: 10000 (\"rope_theta\") and 500000", Conversions.Refusal(request), StringComparison.Ordinal);
    }

    [Fact]
    public void What_changes_nothing_is_accepted()
    {
        using var folder = new TemporaryFolder();
        Conversions.Run(With(
            folder,
            ("pretraining_tp", "2"), ("sliding_window", "64"), ("use_sliding_window", "false"), ("layer_types", """["full_attention"]"""), ("attention_dropout", "0.1"), ("head_dim", "16"),
            ("hidden_act", "\"swish\""), ("mlp_bias", "false"), ("attention_bias", "null"), ("dtype", "\"bfloat16\""), ("partial_rotary_factor", "1.0"), ("final_logit_softcapping", "null"),
            ("max_sequence_length", "2048"), ("chunk_size_feed_forward", "0"), ("num_labels", "2"), ("top_k", "50"), ("repetition_penalty", "1.0"), ("unsloth_version", "\"2025.1\"")));
    }

    [Theory]
    [InlineData("language", 500000, "rope_theta 5e+05")]
    [InlineData("language", 10000.0, null)]
    [InlineData("checkpoint", 500000, "rope_theta 5e+05")]
    [InlineData("checkpoint", 10000.0, null)]
    public void The_weights_own_rotary_frequencies_are_compared_with_the_config(string where, double theta, string? expected)
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Requests.TinyOfCopy(folder);
        TestTensor buffer = TestTensor.Singles([8], i => (float)Math.Pow(theta, -i / 8.0));
        if (where == "language")
        {
            string bin = folder.At("llm", "pytorch_model.bin");
            Dictionary<string, object> tensors = TorchZip.ReadTensors(bin);
            tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = buffer;
            TorchZip.Write(bin, tensors);
        }
        else
        {
            Dictionary<string, object> tensors = Requests.Tensors();
            tensors["llm_model.base_model.model.model.rotary_emb.inv_freq"] = buffer;
            request = request with { CheckpointPath = Requests.Tiny(folder, tensors, Requests.Config()).CheckpointPath };
        }

        if (expected is null)
        {
            Assert.Contains(Conversions.Run(request).Ignored, k => k.Key.EndsWith("inv_freq", StringComparison.Ordinal));
            return;
        }

        string message = Conversions.Refusal(request);
        Assert.Contains("not that of rope_theta 10000 in config.json", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rotary_frequencies_of_another_head_are_named()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["llm_model.model.rotary_emb.inv_freq"] = TestTensor.Zeros(64);
        Assert.Contains("holds 64 frequencies, but heads of 16 channels", Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(32000)]
    public void A_padding_token_without_a_row_is_accepted_with_a_note(int pad)
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(With(folder, ("pad_token_id", $"{pad}")));
        Assert.Contains(report.Notes, n => n.Contains($"\"pad_token_id\" is {pad}, but vocab_size is 1024", StringComparison.Ordinal));
        Assert.Equal(0, UniMedConfigFile.Read(folder.At("out", "config.json")).Prompt.PadTokenId);
    }

    [Theory]
    [InlineData("bos_token_id", "0", "\"bos_token_id\" is 0, but <s> is id 1 in tokenizer.model. Correct \"bos_token_id\" in config.json")]
    [InlineData("eos_token_id", "1024", "\"eos_token_id\" is 1024, but </s> is id 2")]
    [InlineData("eos_token_id", "[1, 3]", "\"eos_token_id\" is 1, 3, but </s> is id 2")]
    [InlineData("eos_token_id", "\"2\"", "\"eos_token_id\" is \"2\" (a string); a token id is expected")]
    public void Token_ids_that_are_not_the_tokenizers_are_refused(string property, string value, string reason)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(reason, Conversions.Refusal(With(folder, (property, value))), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_no_file_gives_are_the_tokenizers_and_several_end_tokens_are_said()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = With(folder, ("bos_token_id", "null"), ("eos_token_id", "[2, 5]"), ("pad_token_id", "-1"));
        File.Delete(folder.At("llm", "generation_config.json"));
        ConversionReport report = Conversions.Run(request);
        PromptConfig prompt = UniMedConfigFile.Read(folder.At("out", "config.json")).Prompt;
        Assert.Equal((1, 2, 0, 0), (prompt.BosTokenId, prompt.EosTokenId, prompt.UnkTokenId, prompt.PadTokenId));
        Assert.Contains(report.Notes, n => n.Contains("several ids as \"eos_token_id\": 2, 5", StringComparison.Ordinal));
    }

    [Fact]
    public void Rules_of_generation_that_are_not_part_of_the_weights_are_said()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Requests.TinyOfCopy(folder);
        File.WriteAllText(folder.At("llm", "generation_config.json"), """{"no_repeat_ngram_size": 3, "repetition_penalty": 1.0, "temperature": 0.6, "suppress_tokens": [5]}""");
        ConversionReport report = Conversions.Run(request);
        Assert.Equal(["no_repeat_ngram_size", "suppress_tokens"], report.Notes.Where(n => n.StartsWith("generation_config.json", StringComparison.Ordinal)).Select(n => n.Split('"')[1]));
    }

    private static ConversionRequest With(TemporaryFolder folder, params (string Property, string Value)[] changes)
    {
        ConversionRequest request = Requests.TinyOfCopy(folder);
        // Without the rotary buffer of a base of 10000, which would contradict.
        string bin = folder.At("llm", "pytorch_model.bin");
        TorchZip.Write(bin, TorchZip.ReadTensors(bin).Where(t => !t.Key.EndsWith("inv_freq", StringComparison.Ordinal)).ToDictionary());
        string path = folder.At("llm", "config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        foreach ((string property, string value) in changes)
            config[property] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        return request;
    }
}
