using System.Text.Json;
using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.Tests;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

public class GoldenConnectorTests
{
    public static TheoryData<string> Names => [.. Index().Select(e => e.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_golden_checkpoint_converts_with_its_options_and_tensors(string name)
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(Requests.Tiny(folder.At("out"), name));

        JsonElement golden = Index().Single(e => e.GetProperty("name").GetString() == name).GetProperty("config");
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(folder.At("out", "config.json")));
        JsonElement connector = config.RootElement.GetProperty("connector");
        bool hasMoe = golden.GetProperty("has_moe").GetBoolean();
        foreach (JsonProperty option in golden.EnumerateObject().Where(o => o.Name is not ("image_size" or "sparse_topk" or "task_token_c")))
            Assert.Equal(option.Value.GetRawText(), connector.GetProperty(option.Name).GetRawText());
        bool isSparse = hasMoe && golden.GetProperty("router_type").GetString() == "sparse";
        Assert.Equal(isSparse ? golden.GetProperty("sparse_topk").GetInt32() : 0, connector.GetProperty("sparse_topk").GetInt32());
        Assert.Equal(name == "29" ? 0 : 16, connector.GetProperty("task_token_c").GetInt32());
        Assert.Equal(56, config.RootElement.GetProperty("vision").GetProperty("image_size").GetInt32());
        Assert.Equal(48, config.RootElement.GetProperty("vision").GetProperty("mlp_dim").GetInt32());

        Assert.Equal(golden.GetProperty("projector_type").GetString(), UniMedConfigFile.Read(folder.At("out", "config.json")).Connector.ProjectorType.ToString());
        CompareTensors(folder.At("out"), name, report);
    }

    private static void CompareTensors(string output, string name, ConversionReport report)
    {
        using SafetensorsSet set = SafetensorsSet.Open(output);
        Dictionary<string, object> sources = Requests.Tensors(name);
        Assert.Equal(report.Used.Count, set.Tensors.Count);
        Assert.Equal(["config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.model", "tokenizer_config.json"], report.OutputFiles);

        // Every tensor of the checkpoint is in the output, or a second name of one, or the router of a model that does not use it.
        foreach ((string key, object value) in sources)
        {
            var tensor = (TestTensor)value;
            bool isAlias = key.StartsWith("llm_proj.", StringComparison.Ordinal) && sources.ContainsKey(key.Replace("llm_proj.", "moe_layers.", StringComparison.Ordinal));
            bool isIdle = name is "15" or "16" or "25" or "26" && key.StartsWith("router.", StringComparison.Ordinal);
            if (isAlias)
                Assert.Contains(report.Ignored, k => k.Key == key);
            else if (isIdle)
                Assert.Contains(report.Unused, k => k.Key == key && k.Reason.Contains("does not use the router", StringComparison.Ordinal));
            else
                Assert.Equal(tensor.Bytes, set.GetBytes("connector." + key).ToArray());
            Assert.Equal(isAlias || isIdle, !set.Contains("connector." + key));
        }

        foreach ((string key, object value) in TorchZip.ReadTensors(Golden.Path("connectors", "eva_vit_g.pth")))
        {
            Assert.Equal(((TestTensor)value).Bytes, set.GetBytes("vision." + key).ToArray());
            Assert.Equal(((TestTensor)value).Shape, set.Tensors["vision." + key].Shape);
        }

        Assert.Equal(ElementType.F32, set.Tensors["language.lm_head.weight"].Type);
    }

    private static JsonElement[] Index()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("connectors", "index.json")));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
