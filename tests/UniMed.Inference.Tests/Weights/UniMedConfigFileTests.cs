using System.Text;
using System.Text.Json.Nodes;
using UniMed.Inference;
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
        Assert.Contains("$.vision.image_size", Refusal(json => json["vision"]!["image_size"] = "224"), StringComparison.Ordinal);
        Assert.Contains("$.vision.image_size", Refusal(json => json["vision"]!["image_size"] = 1e12), StringComparison.Ordinal);
        Assert.Contains("$.connector.resample_method", Refusal(json => json["connector"]!["resample_method"] = null), StringComparison.Ordinal);
        Assert.Contains("vision must be a JSON object", Refusal(json => json["vision"] = null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_in_a_list_is_refused()
    {
        Assert.Contains("provenance.sources[0] must be a JSON object", Refusal(json => json["provenance"]!["sources"]![0] = null), StringComparison.Ordinal);
        Assert.Contains("$.preprocess.mean", Refusal(json => json["preprocess"]!["mean"]![0] = null), StringComparison.Ordinal);
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
