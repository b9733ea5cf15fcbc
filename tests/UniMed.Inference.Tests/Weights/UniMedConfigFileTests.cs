using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UniMed.Inference;
using UniMed.Inference.Weights;
using Xunit;

namespace UniMed.Tests.Weights;

public class UniMedConfigFileTests
{
    [Fact]
    public void A_written_configuration_is_read_back_and_written_again_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        string first = folder.File("first.json");
        string second = folder.File("second.json");
        UniMedConfigFile.Write(first, ExampleConfig.Create());

        UniMedConfig read = UniMedConfigFile.Read(first);
        UniMedConfigFile.Write(second, read);

        UniMedConfig written = ExampleConfig.Create();
        Assert.Equal(written.Vision, read.Vision);
        Assert.Equal(written.Connector, read.Connector);
        Assert.Equal(written.Language, read.Language);
        Assert.Equal(written.Prompt, read.Prompt);
        Assert.Equal(written.Preprocess.Mean, read.Preprocess.Mean);
        Assert.Equal(written.Preprocess.Std, read.Preprocess.Std);
        Assert.Equal(written.Provenance.Sources, read.Provenance.Sources);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void A_byte_order_mark_of_an_editor_is_read_over()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), Text(ExampleConfig.Create()), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(ExampleConfig.Create().Language, UniMedConfigFile.Read(folder.File("config.json")).Language);
    }

    [Fact]
    public void The_file_is_plain_text_that_a_person_can_read()
    {
        string text = Text(ExampleConfig.Create());

        Assert.StartsWith("{\n  \"format\": \"unimed\",\n  \"format_version\": 1,\n  \"vision\": {\n    \"image_size\": 224,\n", text, StringComparison.Ordinal);
        Assert.EndsWith("  }\n}\n", text, StringComparison.Ordinal);
        Assert.Contains("\"image_template\": \"<s>[INST] <Img><ImageHere></Img> {instruction} [/INST]\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("grid", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
    }

    [Fact]
    public void Every_member_must_be_present_and_is_named_when_it_is_not()
    {
        string[] sections = ["vision", "connector", "language", "preprocess", "prompt", "provenance"];
        foreach (string section in sections)
        {
            string[] members = [.. Json()[section]!.AsObject().Select(m => m.Key)];
            foreach (string member in members)
            {
                string message = Refusal(json => json[section]!.AsObject().Remove(member));
                Assert.Contains($"'{section}.{member}' is missing", message, StringComparison.Ordinal);
            }

            Assert.Contains($"'{section}' is missing", Refusal(json => json.AsObject().Remove(section)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_unknown_member_is_named_with_its_place() =>
        Assert.Contains("unknown member 'provenance.sources[0].size'", Refusal(json => json["provenance"]!["sources"]![0]!["size"] = 1), StringComparison.Ordinal);

    [Fact]
    public void A_doubled_member_is_refused()
    {
        string text = Text(ExampleConfig.Create()).Replace("\"depth\": 39,", "\"depth\": 39, \"depth\": 40,", StringComparison.Ordinal);

        Assert.Contains("depth", Refusal(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}""", "config.json of a Hugging Face model")]
    [InlineData("""{"vision": {}}""", "\"format\" is missing")]
    [InlineData("""{"format": "gguf", "format_version": 1}""", "found '\"gguf\"'")]
    [InlineData("""{"format": "unimed"}""", "\"format_version\" is missing")]
    [InlineData("""{"format": "unimed", "format_version": 2}""", "format_version is '2', this library reads 1. Update UniMed")]
    [InlineData("""{"format": "unimed", "format_version": "1"}""", "format_version is '\"1\"'")]
    [InlineData("""[1]""", "expected a JSON object, found Array")]
    [InlineData("""null""", "expected a JSON object, found Null")]
    [InlineData("", "Convert the model again")]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "git lfs pull")]
    [InlineData("""{"format": "unimed", "format_version": 1} x""", "Convert the model again")]
    public void Another_file_is_told_apart(string text, string expected) => Assert.Contains(expected, Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void A_deeply_nested_file_is_refused() => Assert.Contains("depth", Refusal(new string('[', 100_000)), StringComparison.Ordinal);

    [Fact]
    public void A_value_of_the_wrong_type_is_named_with_its_place()
    {
        const string Int32 = "a whole number from -2147483648 to 2147483647. Convert the model again with unimed-convert, or correct the file.";
        Assert.Contains($"vision.image_size is '\"224\"'; expected {Int32}", Refusal(json => json["vision"]!["image_size"] = "224"), StringComparison.Ordinal);
        Assert.Contains($"vision.image_size is '1000000000000'; expected {Int32}", Refusal(json => json["vision"]!["image_size"] = 1e12), StringComparison.Ordinal);
        Assert.Contains($"vision.image_size is '22.5'; expected {Int32}", Refusal(json => json["vision"]!["image_size"] = 22.5), StringComparison.Ordinal);
        Assert.Contains("provenance.sources[0].bytes is 'true'; expected a whole number", Refusal(json => json["provenance"]!["sources"]![0]!["bytes"] = true), StringComparison.Ordinal);
        Assert.Contains("language.rope_theta is '\"large\"'; expected a number.", Refusal(json => json["language"]!["rope_theta"] = "large"), StringComparison.Ordinal);
        Assert.Contains("language.tie_word_embeddings is '0'; expected true or false.", Refusal(json => json["language"]!["tie_word_embeddings"] = 0), StringComparison.Ordinal);
        Assert.Contains("prompt.image_placeholder is 'null'; expected a text.", Refusal(json => json["prompt"]!["image_placeholder"] = null), StringComparison.Ordinal);
        Assert.Contains("preprocess.std is '1'; expected a list of numbers.", Refusal(json => json["preprocess"]!["std"] = 1), StringComparison.Ordinal);
        Assert.Contains("provenance.sources is '{}'; expected a list of objects.", Refusal(json => json["provenance"]!["sources"] = new JsonObject()), StringComparison.Ordinal);
        Assert.Contains("vision must be a JSON object", Refusal(json => json["vision"] = null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("projector_type", "\"conv\"", "connector.projector_type is 'conv'; expected linear, mlpNx_gelu (N from 1 to 16), moe_linear or moe_mlp.")]
    [InlineData("projector_type", "\"mlp0x_gelu\"", "is 'mlp0x_gelu'; expected linear")]
    [InlineData("projector_type", "\"mlp17x_gelu\"", "is 'mlp17x_gelu'; expected linear, mlpNx_gelu (N from 1 to 16)")]
    [InlineData("projector_type", "\"mlp02x_gelu\"", "is 'mlp02x_gelu'; expected linear")]
    [InlineData("resample_method", "\"conv\"", "connector.resample_method is 'conv'; expected projection, avgpool or maxpool.")]
    [InlineData("resample_method", "null", "connector.resample_method is null; expected projection, avgpool or maxpool.")]
    [InlineData("router_type", "\"softmax\"", "connector.router_type is 'softmax'; expected soft, sparse, hard or constant.")]
    [InlineData("router_type", "\"Soft\"", "connector.router_type is 'Soft'; expected soft")]
    [InlineData("router_type", "0", "connector.router_type is 0; expected soft")]
    [InlineData("router_type", "{\"soft\": 1}", "connector.router_type is {\"soft\":1}; expected soft")]
    [InlineData("router_method", "\"router_token \"", "connector.router_method is 'router_token '; expected router_task_token, router_token or router_task.")]
    public void A_word_that_an_option_of_the_connector_does_not_know_is_named_with_those_it_does(string option, string json, string expected) =>
        Assert.Contains(expected, Refusal(root => root["connector"]![option] = JsonNode.Parse(json)), StringComparison.Ordinal);

    [Fact]
    public void Connector_options_are_spelled_as_the_authors_spell_them()
    {
        Assert.Equal(["linear", .. Enumerable.Range(1, 16).Select(n => $"mlp{n}x_gelu"), "moe_linear", "moe_mlp"], ConnectorSpelling.ProjectorType.Words);
        Assert.Equal(["projection", "avgpool", "maxpool"], ConnectorSpelling.ResampleMethod.Words);
        Assert.Equal(["soft", "sparse", "hard", "constant"], ConnectorSpelling.RouterType.Words);
        Assert.Equal(["router_task_token", "router_token", "router_task"], ConnectorSpelling.RouterMethod.Words);
        Assert.Equal("mlp2x_gelu", $"{ProjectorType.Mlp(2)}");
        Assert.Equal("maxpool", ResampleMethod.MaxPool.Name());
        Assert.Equal("sparse", RouterType.Sparse.Name());
        Assert.Equal("router_task", RouterMethod.Task.Name());
        Assert.Throws<ArgumentOutOfRangeException>(() => ProjectorType.Mlp(17));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((RouterType)4).Name());
    }

    [Fact]
    public void A_host_that_serializes_a_connector_itself_gets_the_same_words()
    {
        string json = JsonSerializer.Serialize(ExampleConfig.Create().Connector);

        Assert.Contains("\"ProjectorType\":\"moe_mlp\"", json, StringComparison.Ordinal);
        Assert.Contains("\"RouterMethod\":\"router_task_token\"", json, StringComparison.Ordinal);
        Assert.Equal(ExampleConfig.Create().Connector, JsonSerializer.Deserialize<ConnectorConfig>(json));
    }

    [Fact]
    public void A_null_in_a_list_is_refused()
    {
        Assert.Contains("provenance.sources[0] must be a JSON object", Refusal(json => json["provenance"]!["sources"]![0] = null), StringComparison.Ordinal);
        Assert.Contains("preprocess.mean[0] is 'null'; expected a number.", Refusal(json => json["preprocess"]!["mean"]![0] = null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TemporaryFolder();
        UniMedException error = Assert.Throws<UniMedException>(() => UniMedConfigFile.Read(folder.File("config.json")));

        Assert.Contains(folder.File("config.json"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_impossible_configuration_is_not_written()
    {
        using var folder = new TemporaryFolder();
        UniMedConfig config = ExampleConfig.Create() with { FormatVersion = 7 };

        Assert.Throws<UniMedException>(() => UniMedConfigFile.Write(folder.File("config.json"), config));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_a_clear_error()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<UniMedException>(() => UniMedConfigFile.Write(folder.File("none/config.json"), ExampleConfig.Create()));
    }

    private static string Text(UniMedConfig config)
    {
        using var folder = new TemporaryFolder();
        UniMedConfigFile.Write(folder.File("config.json"), config);
        return File.ReadAllText(folder.File("config.json"));
    }

    private static JsonNode Json() => JsonNode.Parse(Text(ExampleConfig.Create()))!;

    private static string Refusal(Action<JsonNode> change)
    {
        JsonNode json = Json();
        change(json);
        return Refusal(json.ToJsonString());
    }

    private static string Refusal(string text)
    {
        string message = Assert.Throws<UniMedException>(() => UniMedConfigFile.Parse("m/config.json", Encoding.UTF8.GetBytes(text))).Message;
        Assert.StartsWith("m/config.json: ", message, StringComparison.Ordinal);
        return message;
    }
}
