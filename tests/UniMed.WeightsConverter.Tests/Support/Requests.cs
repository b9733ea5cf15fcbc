using UniMed.Tests;

namespace UniMed.WeightsConverter.Tests.Support;

/// <summary>Conversions of the golden sources.</summary>
internal static class Requests
{
    /// <summary>The small trained model.</summary>
    public static ConversionRequest Nano(string output, WeightDtype dtype = WeightDtype.Keep) => new()
    {
        VisionPath = Golden.Path("nano-source", "eva_vit_g.pth"),
        LanguageFolder = Golden.Path("nano-source", "llama-nano"),
        CheckpointPath = Golden.Path("nano-source", "checkpoint_0.pth"),
        OutputFolder = output,
        Dtype = dtype,
    };

    /// <summary>A tiny model with one of the 30 connectors.</summary>
    public static ConversionRequest Tiny(string output, string name = "19") => new()
    {
        VisionPath = Golden.Path("connectors", "eva_vit_g.pth"),
        LanguageFolder = Golden.Path("connectors", "llm"),
        CheckpointPath = Golden.Path("connectors", name + ".pth"),
        OutputFolder = output,
        Dtype = WeightDtype.Keep,
        Options = new ConversionOptions { VitHeads = 2 },
    };

    /// <summary>A tiny model whose checkpoint holds these tensors and these options.</summary>
    public static ConversionRequest Tiny(TemporaryFolder folder, IReadOnlyDictionary<string, object> tensors, IReadOnlyDictionary<string, object>? config)
    {
        string path = folder.At("checkpoint.pth");
        var root = new Dictionary<string, object> { ["model"] = tensors };
        if (config is not null)
            root["config"] = new Dictionary<string, object> { ["model"] = config };
        TorchZip.Write(path, root);
        return Tiny(folder.At("out")) with { CheckpointPath = path };
    }

    /// <summary>A tiny model whose checkpoint file holds this object.</summary>
    public static ConversionRequest TinyOf(TemporaryFolder folder, IReadOnlyDictionary<string, object> root)
    {
        TorchZip.Write(folder.At("checkpoint.pth"), root);
        return Tiny(folder.At("out")) with { CheckpointPath = folder.At("checkpoint.pth") };
    }

    /// <summary>A tiny model from a copy of the language folder, to be changed.</summary>
    public static ConversionRequest TinyOfCopy(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.At("llm"));
        foreach (string file in (string[])["config.json", "generation_config.json", "tokenizer.model", "pytorch_model.bin"])
            File.Copy(Golden.Path("connectors", "llm", file), folder.At("llm", file));
        return Tiny(folder.At("out")) with { LanguageFolder = folder.At("llm") };
    }

    /// <summary>The options of a golden connector that are not the defaults.</summary>
    public static Dictionary<string, object> Config(params (string Name, object Value)[] changes)
    {
        var config = new Dictionary<string, object>
        {
            ["image_size"] = 56,
            ["task_token_c"] = 16,
            ["resample_rate"] = 4,
            ["has_moe"] = true,
            ["projector_type"] = "moe_mlp",
            ["router_type"] = "soft",
            ["router_method"] = "router_task_token",
            ["resample_method"] = "projection",
            ["num_experts"] = 5,
            ["sparse_topk"] = 2,
        };
        foreach ((string name, object value) in changes)
            config[name] = value;
        return config;
    }

    /// <summary>Tensors of a golden connector's checkpoint.</summary>
    public static Dictionary<string, object> Tensors(string name = "19") => TorchZip.ReadTensors(Golden.Path("connectors", name + ".pth"));
}
