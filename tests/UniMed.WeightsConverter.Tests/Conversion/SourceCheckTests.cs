using System.Text.Json.Nodes;
using UniMed.Tests;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

/// <summary>Every source is read and compared with the others before anything is written.</summary>
public class SourceCheckTests
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 499723\n";

    [Theory]
    [InlineData("eva_vit_g.pth")]
    [InlineData("vit.json")]
    [InlineData("checkpoint.pth")]
    [InlineData("llm/config.json")]
    [InlineData("llm/generation_config.json")]
    [InlineData("llm/tokenizer.model")]
    [InlineData("llm/pytorch_model.bin")]
    [InlineData("llm/model.safetensors")]
    [InlineData("llm/model.safetensors.index.json")]
    [InlineData("llm/pytorch_model.bin.index.json")]
    public void A_git_lfs_pointer_in_the_place_of_any_source_is_named(string file)
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Copies(folder);
        if (file.StartsWith("llm/model", StringComparison.Ordinal) || file.EndsWith("bin.index.json", StringComparison.Ordinal))
            File.Delete(folder.At("llm", "pytorch_model.bin"));
        File.WriteAllText(folder.At(file.Split('/')), Pointer);
        string message = Conversions.Refusal(request);
        Assert.Contains(Path.GetFileName(file), message, StringComparison.Ordinal);
        Assert.Contains("Git LFS pointer", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("out")));
    }

    [Theory]
    [InlineData("llm/config.json")]
    [InlineData("llm/tokenizer.model")]
    [InlineData("llm/pytorch_model.bin")]
    [InlineData("eva_vit_g.pth")]
    [InlineData("checkpoint.pth")]
    public void A_web_page_in_the_place_of_a_source_is_named(string file)
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Copies(folder);
        File.WriteAllText(folder.At(file.Split('/')), "<!DOCTYPE html><html>Sign in</html>");
        Assert.Contains("web page", Conversions.Refusal(request), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llm/tokenizer.model")]
    [InlineData("llm/pytorch_model.bin")]
    [InlineData("llm/config.json")]
    [InlineData("eva_vit_g.pth")]
    [InlineData("checkpoint.pth")]
    public void A_source_that_is_cut_short_is_refused_wherever_it_is_cut(string file)
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Copies(folder);
        string path = folder.At(file.Split('/'));
        byte[] whole = File.ReadAllBytes(path);
        foreach (double share in (double[])[0, 0.3, 0.9, 0.99])
        {
            File.WriteAllBytes(path, whole[..(int)(whole.Length * share)]);
            Assert.Contains(Path.GetFileName(file), Conversions.Refusal(request), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_tokenizer_with_more_pieces_than_the_model_has_rows_is_refused()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Resized(folder, 1000);
        string message = Conversions.Refusal(request);
        Assert.Contains("tokenizer.model has 1024 pieces, but config.json says vocab_size 1000: the last 24 would have no row", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1025)]
    [InlineData(1088)]
    [InlineData(1279)]
    public void A_model_with_padded_rows_is_accepted_with_a_note(int rows)
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(Resized(folder, rows));
        Assert.Contains(report.Notes, n => n.Contains($"has {rows} ids, tokenizer.model 1024 pieces. The ids from 1024 on (padding)", StringComparison.Ordinal));
    }

    [Fact]
    public void The_vocabulary_of_another_model_is_refused_unless_the_folder_names_its_added_tokens()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Resized(folder, 1400);
        Assert.Contains("376 rows would have no token, and the folder names no added tokens", Conversions.Refusal(request), StringComparison.Ordinal);
        File.WriteAllText(folder.At("llm", "added_tokens.json"), new JsonObject(Enumerable.Range(1024, 376).Select(i => KeyValuePair.Create($"<t{i}>", (JsonNode?)i))).ToJsonString());
        Assert.Contains(Conversions.Run(request).Notes, n => n.Contains("(added tokens or padding)", StringComparison.Ordinal));
        File.Delete(folder.At("llm", "added_tokens.json"));
        var decoder = new JsonObject(Enumerable.Range(1024, 376).Select(i => KeyValuePair.Create($"{i}", (JsonNode?)new JsonObject { ["content"] = $"<t{i}>" })));
        File.WriteAllText(folder.At("llm", "tokenizer_config.json"), new JsonObject { ["added_tokens_decoder"] = decoder }.ToJsonString());
        Conversions.Run(request with { Force = true });
    }

    [Fact]
    public void A_vocabulary_of_less_than_half_the_rows_is_always_another_models()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("seems to be another model's", Conversions.Refusal(Resized(folder, 2100)), StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_beyond_those_of_the_config_are_an_error()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Copies(folder);
        string bin = folder.At("llm", "pytorch_model.bin");
        Dictionary<string, object> tensors = TorchZip.ReadTensors(bin);
        tensors["model.layers.1.mlp.up_proj.weight"] = TestTensor.Zeros(48, 32);
        TorchZip.Write(bin, tensors);
        Assert.Contains("\"model.layers.1.mlp.up_proj.weight\" is not a weight of this model as it is configured", Conversions.Refusal(request), StringComparison.Ordinal);
    }

    [Fact]
    public void A_json_file_with_a_byte_order_mark_is_read()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Copies(folder);
        string config = folder.At("llm", "config.json");
        File.WriteAllText(config, File.ReadAllText(config), new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Conversions.Run(request);
    }

    [Theory]
    [InlineData("adapter_config.json", "a peft adapter alone")]
    [InlineData("consolidated.00.pth", "Meta's own layout")]
    [InlineData("model-00001-of-00002.safetensors", "a shard, but no index")]
    public void A_folder_without_weights_says_what_it_holds_instead(string file, string hint)
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Copies(folder);
        File.Delete(folder.At("llm", "pytorch_model.bin"));
        File.WriteAllText(folder.At("llm", file), "{}");
        Assert.Contains(hint, Conversions.Refusal(request), StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_that_the_engine_cannot_load_is_refused_before_anything_is_written_and_names_no_temporary_file()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Copies(folder);
        string message = Conversions.Refusal(request with { Options = request.Options with { ImageSize = 14 * 2000 } });
        Assert.Contains("vision.image_size is 28000", message, StringComparison.Ordinal);
        Assert.Contains("Correct the source or the option", message, StringComparison.Ordinal);
        Assert.DoesNotContain("partial", message, StringComparison.Ordinal);
    }

    /// <summary>A model whose embedding and head have another number of rows.</summary>
    private static ConversionRequest Resized(TemporaryFolder folder, int rows)
    {
        ConversionRequest request = Requests.TinyOfCopy(folder);
        string bin = folder.At("llm", "pytorch_model.bin");
        Dictionary<string, object> tensors = TorchZip.ReadTensors(bin);
        tensors["model.embed_tokens.weight"] = tensors["lm_head.weight"] = TestTensor.Zeros(rows, 32);
        TorchZip.Write(bin, tensors);
        string config = folder.At("llm", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"vocab_size\": 1024", $"\"vocab_size\": {rows}", StringComparison.Ordinal));
        return request;
    }

    private static ConversionRequest Copies(TemporaryFolder folder)
    {
        ConversionRequest request = Requests.TinyOfCopy(folder);
        File.Copy(Golden.Path("connectors", "eva_vit_g.pth"), folder.At("eva_vit_g.pth"));
        TorchZip.Write(folder.At("checkpoint.pth"), new Dictionary<string, object>
        {
            ["model"] = Requests.Tensors("29"),
            ["config"] = new Dictionary<string, object> { ["model"] = Requests.Config(("router_method", "router_token"), ("num_task_tokens", 0), ("num_experts", 4)).Where(o => o.Key != "image_size").ToDictionary() },
        });
        return request with { VisionPath = folder.At("eva_vit_g.pth"), CheckpointPath = folder.At("checkpoint.pth") };
    }
}
