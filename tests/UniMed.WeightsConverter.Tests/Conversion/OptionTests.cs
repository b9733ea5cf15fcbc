using UniMed.Inference;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

public class OptionTests
{
    public static TheoryData<string, string, object, string[]> Contradictions => new()
    {
        { "19", "projector_type", "linear", ["has_moe is true", "projector_type is linear"] },
        { "19", "has_moe", false, ["projector_type is moe_mlp", "has_moe is false"] },
        { "19", "projector_type", "moe_linear", ["projector_type is moe_linear", "those of moe_mlp"] },
        { "03", "projector_type", "mlp3x_gelu", ["projector_type is mlp3x_gelu", "those of mlp2x_gelu"] },
        { "19", "projector_type", "qformer", ["projector_type is qformer", "moe_linear"] },
        { "03", "projector_type", "mlp17x_gelu", ["projector_type is mlp17x_gelu (the checkpoint's config); linear, mlpNx_gelu (N from 1 to 16), moe_linear or moe_mlp is expected"] },
        { "19", "num_experts", 1025, ["num_experts is 1025", "from 1 to 1024"] },
        { "19", "num_task_tokens", 4097, ["num_task_tokens is 4097", "from 0 to 4096"] },
        { "22", "sparse_topk", 6, ["sparse_topk is 6", "num_experts is 5"] },
        { "19", "num_experts", 4, ["num_experts is 4", "holds 5 experts"] },
        { "27", "router_type", "hard", ["router_type is hard", "num_experts is 3"] },
        { "29", "router_method", "router_task", ["router_task needs task tokens", "no task_tokens.*"] },
        { "29", "num_task_tokens", 1, ["num_task_tokens is 1", "no task_tokens.*"] },
        { "19", "num_task_tokens", 2, ["num_task_tokens is 2", "shape [1, 1, 16]"] },
        { "19", "task_token_c", 32, ["task_token_c is 32", "shape [1, 1, 16]"] },
        { "19", "resample_rate", 3, ["resample_rate 3 does not divide", "16 patches"] },
        { "19", "resample_rate", 2, ["\"moe_layers.0.0.weight\" has shape [32, 96]; [32, 48] is expected"] },
        { "27", "resample_rate", 2, ["num_task_tokens 1 x (16 patches / resample_rate 2)", "4 visual tokens"] },
        { "27", "image_size", 70, ["5 x 5 = 25 patches", "do not match 4 visual tokens"] },
        { "19", "router_method", "router_token", ["\"router.fc1.weight\" has shape [448, 112]; [384, 96] is expected"] },
        { "19", "resample_method", "average", ["resample_method is average", "avgpool"] },
        { "19", "router_type", "top1", ["router_type is top1"] },
        { "19", "image_size", 57, ["image_size is 57", "patch size 14"] },
        { "19", "image_size", "large", ["\"image_size\" in its config is 'large' (a string)", "whole number"] },
        { "19", "resample_rate", 4.0, ["\"resample_rate\" in its config is 4.0 (a float); a whole number is expected", "c[\"config\"][\"model\"][\"resample_rate\"] = 4;"] },
        { "19", "has_moe", "yes", ["\"has_moe\" in its config is 'yes' (a string); true or false is expected"] },
        { "19", "router_type", 2, ["\"router_type\" in its config is 2 (an int); a word is expected"] },
        { "19", "num_experts", true, ["\"num_experts\" in its config is True (a bool)"] },
        { "19", "num_experts", RawPickle.NumpyFour, ["\"num_experts\" in its config is a value made by numpy.core.multiarray.scalar"] },
        { "19", "num_experts", 0, ["num_experts is 0", "from 1 to"] },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void An_option_that_contradicts_the_tensors_or_another_option_names_both_sides(string checkpoint, string name, object value, string[] parts)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> config = GoldenConfig(checkpoint);
        config[name] = value;
        ConversionRequest request = Requests.Tiny(folder, Requests.Tensors(checkpoint), config);
        string message = Conversions.Refusal(request);
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder.At("out")));
    }

    [Fact]
    public void A_checkpoint_with_more_layers_than_a_projector_can_have_says_how_many()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors("03");
        tensors["llm_proj.32.weight"] = tensors["llm_proj.2.weight"];
        string message = Conversions.Refusal(Requests.Tiny(folder, tensors, null));
        Assert.Contains("llm_proj has 17 linear layers; at most 16 are expected", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_that_contradicts_the_config_is_an_error_unless_equal()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Requests.Tiny(folder.At("out"));
        string message = Conversions.Refusal(request with { Options = request.Options with { RouterType = RouterType.Sparse } });
        Assert.Contains("router_type is soft (the checkpoint's config), but --router-type says sparse", message, StringComparison.Ordinal);
        Conversions.Run(request with { Options = request.Options with { RouterType = RouterType.Soft, NumExperts = 5, HasMoe = true } });
    }

    [Fact]
    public void Without_a_config_shapes_and_defaults_decide_and_flags_fill_the_rest()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Requests.Tiny(folder, Requests.Tensors("12"), null);
        ConversionReport report = Conversions.Run(request with { Options = request.Options with { RouterType = RouterType.Sparse } });
        Assert.Equal(
            [
                "image_size 56 the shape of pos_embed", "vit_depth 1 the blocks in the file", "vit_heads 2 --vit-heads", "has_moe true the checkpoint's keys and shapes",
                "projector_type moe_linear the checkpoint's keys and shapes", "resample_method projection the authors' default", "resample_rate 4 the authors' default",
                "num_task_tokens 1 the checkpoint's keys and shapes", "task_token_c 16 the checkpoint's keys and shapes", "router_type sparse --router-type",
                "router_method router_task_token the authors' default", "num_experts 5 the checkpoint's keys and shapes", "sparse_topk 2 the authors' default",
            ],
            report.Options.Select(o => $"{o.Name} {o.Value} {o.Origin}"));
    }

    [Fact]
    public void The_number_of_heads_must_be_known()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Requests.Tiny(folder.At("out"));
        Assert.Contains("Give --vit-heads", Conversions.Refusal(request with { Options = new() }), StringComparison.Ordinal);
        Assert.Contains("does not divide the width 24", Conversions.Refusal(request with { Options = new() { VitHeads = 5 } }), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_size_other_than_the_position_embeddings_is_allowed()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Conversions.Run(Requests.Tiny(folder, Requests.Tensors("29"), GoldenConfig("29", ("image_size", 112))));
        Assert.Equal([1, 17, 24], report.Used.Single(t => t.Name == "vision.pos_embed").Shape);
        Assert.Contains(report.Options, o => o is { Name: "image_size", Value: "112" });
    }

    [Fact]
    public void A_checkpoint_without_a_connector_is_recognized()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Requests.Tiny(folder.At("out")) with { CheckpointPath = UniMed.Tests.Golden.Path("connectors", "eva_vit_g.pth") };
        Assert.Contains("holds no connector", Conversions.Refusal(request), StringComparison.Ordinal);
    }

    private static Dictionary<string, object> GoldenConfig(string checkpoint, params (string Name, object Value)[] changes)
    {
        Dictionary<string, object> config = checkpoint switch
        {
            "03" => new() { ["image_size"] = 56, ["has_moe"] = false, ["projector_type"] = "mlp2x_gelu", ["resample_method"] = "projection" },
            "27" => Requests.Config(("resample_method", "avgpool"), ("num_experts", 3)),
            "29" => Requests.Config(("router_method", "router_token"), ("num_task_tokens", 0), ("num_experts", 4)),
            "22" => Requests.Config(("router_type", "sparse")),
            _ => Requests.Config(),
        };
        foreach ((string name, object value) in changes)
            config[name] = value;
        return config;
    }
}
