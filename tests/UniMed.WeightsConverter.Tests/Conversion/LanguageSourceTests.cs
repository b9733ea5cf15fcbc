using System.Text.Json;
using System.Text.Json.Nodes;
using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.Tests;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

public class LanguageSourceTests
{
    private static readonly string[] Companions = ["config.json", "generation_config.json", "tokenizer.model", "special_tokens_map.json", "tokenizer_config.json"];

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model.bin.index.json")]
    public void Every_form_of_the_language_model_gives_the_same_folder(string form)
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), form);
        Conversions.Run(Requests.Tiny(folder.At("usual")));
        Conversions.Run(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });

        SortedDictionary<string, byte[]> expected = FolderContent.Read(folder.At("usual"));
        SortedDictionary<string, byte[]> found = FolderContent.Read(folder.At("out"));
        Assert.Equal(expected.Keys, found.Keys);
        Assert.Equal(expected["model.safetensors"], found["model.safetensors"]);
        Assert.Equal(expected["tokenizer.model"], found["tokenizer.model"]);
        Assert.Equal(WithoutProvenance(expected["config.json"]), WithoutProvenance(found["config.json"]));
        Assert.Contains(form, JsonNode.Parse(found["config.json"])!["provenance"]!["sources"]!.AsArray().Select(s => (string)s!["name"]!));
    }

    [Fact]
    public void What_is_said_of_special_tokens_comes_along_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin");
        File.WriteAllText(folder.At("llm", "special_tokens_map.json"), """{"bos_token": {"content": "<s>", "lstrip": true, "rstrip": false}, "pad_token": "<pad>"}""");
        Conversions.Run(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });

        foreach (string name in (string[])["special_tokens_map.json", "tokenizer_config.json"])
            Assert.Equal(File.ReadAllBytes(folder.At("llm", name)), File.ReadAllBytes(folder.At("out", name)));
    }

    [Fact]
    public void A_tokenizer_alone_leaves_white_space_beside_special_tokens()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin");
        File.Delete(folder.At("llm", "special_tokens_map.json"));
        File.Delete(folder.At("llm", "tokenizer_config.json"));
        Conversions.Run(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });

        LlamaTokenizer converted = LlamaTokenizer.Load(folder.At("out", "tokenizer.model"));
        Assert.NotEqual(converted.Encode("a</s>b"), converted.Encode("a </s> b"));
    }

    [Theory]
    [InlineData("add_bos_token", "false")]
    [InlineData("add_eos_token", "true")]
    public void A_tokenizer_that_begins_or_ends_prompts_otherwise_is_refused(string property, string value)
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin");
        JsonNode config = JsonNode.Parse(File.ReadAllText(folder.At("llm", "tokenizer_config.json")))!;
        config[property] = JsonNode.Parse(value);
        File.WriteAllText(folder.At("llm", "tokenizer_config.json"), config.ToJsonString());

        string refusal = Refusal(folder);
        Assert.Contains("tokenizer_config.json", refusal, StringComparison.Ordinal);
        Assert.Contains($"\"{property}\" is {value}", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_leaves_its_folder_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin.index.json");
        File.WriteAllText(folder.At("llm", "pytorch_model.bin.index.json"), """{"weight_map": {"lm_head.weight": "../pytorch_model.bin"}}""");
        Assert.Contains("../pytorch_model.bin", Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin.index.json");
        File.Delete(folder.At("llm", "pytorch_model-2.bin"));
        Assert.Contains("pytorch_model-2.bin", Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_the_index_promises_and_no_file_holds_is_named()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin.index.json");
        string index = folder.At("llm", "pytorch_model.bin.index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("\"lm_head.weight\":\"pytorch_model-1.bin\"", "\"lm_head.weight\":\"pytorch_model-2.bin\"", StringComparison.Ordinal));
        Assert.Contains("lm_head.weight (pytorch_model-2.bin)", Refusal(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_act", "\"gelu\"", "only \"silu\"")]
    [InlineData("attention_bias", "true", "attention_bias is true")]
    [InlineData("model_type", "\"mistral\"", "model_type is \"mistral\"")]
    [InlineData("hidden_size", "0", "\"hidden_size\" is 0 (an integer)")]
    [InlineData("num_hidden_layers", "2000000000", "\"num_hidden_layers\" is 2000000000 (an integer)")]
    [InlineData("num_hidden_layers", "2", "model.layers.1.input_layernorm.weight\" is missing")]
    [InlineData("vocab_size", "1030", "\"lm_head.weight\" has shape [1024, 32]; [1030, 32] is expected")]
    [InlineData("num_key_value_heads", "3", "does not divide num_attention_heads")]
    public void A_language_model_that_cannot_be_computed_is_refused_with_the_reason(string property, string value, string reason)
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin");
        JsonNode config = JsonNode.Parse(File.ReadAllText(folder.At("llm", "config.json")))!;
        config[property] = JsonNode.Parse(value);
        File.WriteAllText(folder.At("llm", "config.json"), config.ToJsonString());
        Assert.Contains(reason, Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_or_tokenizer_says_what_is_expected()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin");
        File.Delete(folder.At("llm", "pytorch_model.bin"));
        Assert.Contains("holds no weights: model.safetensors", Refusal(folder), StringComparison.Ordinal);
        File.Delete(folder.At("llm", "tokenizer.model"));
        Assert.Contains("tokenizer.model", Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tied_head_is_left_out_and_reported()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin");
        string config = folder.At("llm", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true", StringComparison.Ordinal));
        var report = Conversions.Run(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });
        Assert.Contains(report.Unused, k => k.Key == "lm_head.weight" && k.Reason.Contains("tie_word_embeddings", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Used, t => t.Name == "language.lm_head.weight");
    }

    /// <summary>A set that is whole, the set that comes first and is not, and what is wrong with it.</summary>
    public static TheoryData<string, string, string> IncompleteSets => new()
    {
        { "pytorch_model.bin", "model.safetensors.index.json", "Shard 'model-00001-of-00002.safetensors' is missing" },
        { "pytorch_model.bin.index.json", "model.safetensors.index.json", "Shard 'model-00001-of-00002.safetensors' is missing" },
        { "pytorch_model.bin", "model.safetensors", "Git LFS pointer" },
        { "model.safetensors.index.json", "model.safetensors", "Git LFS pointer" },
        { "pytorch_model.bin.index.json", "pytorch_model.bin", "Git LFS pointer" },
    };

    [Theory]
    [MemberData(nameof(IncompleteSets))]
    public void A_complete_set_of_weights_is_used_where_another_is_not_complete(string complete, string broken, string reason)
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), complete);
        File.WriteAllText(
            folder.At("llm", broken),
            broken.EndsWith(".json", StringComparison.Ordinal)
                ? """{"weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}"""
                : "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n");
        var report = Conversions.Run(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });
        string note = Assert.Single(report.Notes);
        Assert.StartsWith($"{complete} is used. {broken} comes first but is not complete: ", note, StringComparison.Ordinal);
        Assert.Contains(reason, note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_left_over_single_file_without_all_weights_is_passed_over()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin.index.json");
        Dictionary<string, object> some = TorchZip.ReadTensors(Golden.Path("connectors", "llm", "pytorch_model.bin")).Take(3).ToDictionary();
        TorchZip.Write(folder.At("llm", "pytorch_model.bin"), some);
        var report = Conversions.Run(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });
        Assert.Contains("pytorch_model.bin holds 3 of the 12 weights that config.json asks for", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_complete_sets_the_first_is_used_and_the_other_named()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "model.safetensors");
        File.Copy(Golden.Path("connectors", "llm", "pytorch_model.bin"), folder.At("llm", "pytorch_model.bin"));
        var report = Conversions.Run(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });
        Assert.Equal("model.safetensors is used; pytorch_model.bin lies beside it and is not read.", Assert.Single(report.Notes));
        Assert.Contains(report.Used, t => t.File == "model.safetensors");
    }

    [Fact]
    public void Sets_of_which_none_is_complete_are_all_named()
    {
        using var folder = new TemporaryFolder();
        WriteLanguage(folder.At("llm"), "pytorch_model.bin.index.json");
        File.Delete(folder.At("llm", "pytorch_model-2.bin"));
        File.WriteAllText(folder.At("llm", "model.safetensors.index.json"), """{"weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}""");
        string message = Refusal(folder);
        Assert.Contains("2 sets of weights, and none is complete", message, StringComparison.Ordinal);
        Assert.Contains("model-00001-of-00002.safetensors", message, StringComparison.Ordinal);
        Assert.Contains("pytorch_model-2.bin", message, StringComparison.Ordinal);
    }

    private static string Refusal(TemporaryFolder folder) => Conversions.Refusal(Requests.Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") });

    private static string WithoutProvenance(byte[] config)
    {
        JsonObject node = JsonNode.Parse(config)!.AsObject();
        node.Remove("provenance");
        return node.ToJsonString();
    }

    private static void WriteLanguage(string folder, string form)
    {
        Directory.CreateDirectory(folder);
        foreach (string name in Companions)
            File.Copy(Golden.Path("connectors", "llm", name), Path.Combine(folder, name));
        Dictionary<string, object> tensors = TorchZip.ReadTensors(Golden.Path("connectors", "llm", "pytorch_model.bin"));
        switch (form)
        {
            case "pytorch_model.bin":
                File.Copy(Golden.Path("connectors", "llm", form), Path.Combine(folder, form));
                break;
            case "pytorch_model.bin.index.json":
                WriteShards(folder, tensors);
                break;
            default:
                List<TensorDeclaration> declarations = [.. tensors.Select(t => new TensorDeclaration(t.Key, ElementType.F32, ((TestTensor)t.Value).Shape))];
                using (var writer = new ShardedSafetensorsWriter(folder, declarations, form == "model.safetensors" ? long.MaxValue : 100_000))
                {
                    foreach (object tensor in tensors.Values)
                        writer.Write(((TestTensor)tensor).Bytes);
                    writer.Complete();
                }

                break;
        }

        Assert.True(File.Exists(Path.Combine(folder, form)));
    }

    private static void WriteShards(string folder, Dictionary<string, object> tensors)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int shard = 0; shard < 2; shard++)
        {
            Dictionary<string, object> part = tensors.Where(t => (t.Key.Contains("mlp", StringComparison.Ordinal) ? 1 : 0) == shard).ToDictionary();
            foreach (string key in part.Keys)
                map[key] = $"pytorch_model-{shard + 1}.bin";
            TorchZip.Write(Path.Combine(folder, $"pytorch_model-{shard + 1}.bin"), part);
        }

        File.WriteAllText(Path.Combine(folder, "pytorch_model.bin.index.json"), JsonSerializer.Serialize(new { metadata = new { total_size = 0 }, weight_map = map }));
    }
}
