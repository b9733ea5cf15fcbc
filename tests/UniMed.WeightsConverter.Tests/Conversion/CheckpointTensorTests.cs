using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

public class CheckpointTensorTests
{
    [Fact]
    public void All_missing_and_misshaped_tensors_are_listed_in_one_error()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        foreach (string name in (string[])["moe_layers.1.2.bias", "llm_proj.1.2.bias", "task_tokens.refer"])
            Assert.True(tensors.Remove(name));
        tensors["router.fc2.bias"] = TestTensor.Zeros(4);

        string message = Refusal(folder, tensors, Requests.Config());
        Assert.Contains("3 problems", message, StringComparison.Ordinal);
        Assert.Contains("checkpoint.pth: \"moe_layers.1.2.bias\" is missing; shape [32] is expected.", message, StringComparison.Ordinal);
        Assert.Contains("checkpoint.pth: \"task_tokens.refer\" is missing; shape [1, 1, 16] is expected.", message, StringComparison.Ordinal);
        Assert.Contains("checkpoint.pth: \"router.fc2.bias\" has shape [4]; [5] is expected.", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("out")));
    }

    [Fact]
    public void Experts_are_found_under_either_of_their_names()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        Conversions.Run(Requests.Tiny(folder, tensors, Requests.Config()) with { OutputFolder = folder.At("both") });
        foreach (string prefix in (string[])["moe_layers.", "llm_proj."])
        {
            Dictionary<string, object> rest = tensors.Where(t => !t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary();
            Conversions.Run(Requests.Tiny(folder, rest, Requests.Config()) with { OutputFolder = folder.At(prefix) });
            Assert.Equal(FolderContent.Read(folder.At("both"))["model.safetensors"], FolderContent.Read(folder.At(prefix))["model.safetensors"]);
        }
    }

    [Fact]
    public void Experts_that_differ_under_their_two_names_are_refused()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["llm_proj.3.0.bias"] = TestTensor.Singles([32], i => i);
        Assert.Contains("\"moe_layers.3.0.bias\" and \"llm_proj.3.0.bias\"", Refusal(folder, tensors, Requests.Config()), StringComparison.Ordinal);
    }

    [Fact]
    public void Trained_vision_and_language_weights_replace_the_files_and_are_reported()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["visual_encoder.cls_token"] = TestTensor.Singles([1, 1, 24], i => i);
        tensors["visual_encoder.head.weight"] = TestTensor.Zeros(2, 2);
        tensors["llm_model.base_model.model.model.norm.weight"] = TestTensor.Singles([32], i => 2 * i);
        tensors["llm_model.lm_head.weight"] = TestTensor.Singles([1024, 32], i => i % 7);
        tensors["llm_model.model.layers.0.self_attn.rotary_emb.inv_freq"] = TestTensor.Singles([8], i => MathF.Pow(10000, -i / 8f));
        tensors["ln_vision.weight"] = TestTensor.Singles([24], i => 1 + i);
        tensors["ln_vision.bias"] = TestTensor.Singles([24], i => -i);
        ConversionReport report = Conversions.Run(Requests.Tiny(folder, tensors, Requests.Config()));

        using SafetensorsSet set = SafetensorsSet.Open(folder.At("out"));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), Numbers(set, "vision.cls_token"));
        Assert.Equal(Enumerable.Range(0, 32).Select(i => 2f * i), Numbers(set, "language.model.norm.weight"));
        Assert.Equal(6f, Numbers(set, "language.lm_head.weight")[6]);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)-i), Numbers(set, "ln_vision.bias"));
        Assert.Equal(["cls_token", "lm_head.weight", "model.norm.weight"], report.Overridden.Select(o => o.Key).Order());
        Assert.Contains(report.Unused, k => k is { Role: "checkpoint", Key: "visual_encoder.head.weight" });
        Assert.Contains(report.Ignored, k => k.Key.EndsWith("inv_freq", StringComparison.Ordinal));
        Assert.Empty(report.Missing);
    }

    [Fact]
    public void Half_of_ln_vision_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["ln_vision.weight"] = TestTensor.Zeros(24);
        Assert.Contains("\"ln_vision.bias\" is missing", Refusal(folder, tensors, Requests.Config()), StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_beyond_the_depth_are_unused_not_copied()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> vision = TorchZip.ReadTensors(UniMed.Tests.Golden.Path("connectors", "eva_vit_g.pth"));
        foreach ((string key, object value) in vision.Where(t => t.Key.StartsWith("blocks.0.", StringComparison.Ordinal)).ToList())
            vision[key.Replace("blocks.0.", "blocks.1.", StringComparison.Ordinal)] = value;
        TorchZip.Write(folder.At("eva_vit_g.pth"), vision);
        File.WriteAllText(folder.At("vit.json"), """{"vit": {"embed_dim": 24, "depth": 1, "num_heads": 2, "mlp_ratio": 2}, "image_size": 56}""");
        ConversionRequest request = Requests.Tiny(folder.At("out")) with { VisionPath = folder.At("eva_vit_g.pth"), Options = new ConversionOptions() };
        ConversionReport report = Conversions.Run(request);
        Assert.Equal(13, report.Unused.Count(k => k.Key.StartsWith("blocks.1.", StringComparison.Ordinal) && k.Reason.Contains("beyond the 1", StringComparison.Ordinal)));

        File.WriteAllText(folder.At("vit.json"), """{"vit": {"embed_dim": 24, "depth": 1, "num_heads": 2, "mlp_ratio": 4}}""");
        Assert.Contains("mlp_ratio 4 makes an MLP of 96", Conversions.Refusal(request with { OutputFolder = folder.At("x") }), StringComparison.Ordinal);
    }

    [Fact]
    public void Lora_rank_alpha_and_halves_are_checked()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        const string module = "llm_model.base_model.model.model.layers.0.self_attn.q_proj.";
        tensors[module + "lora_A.default.weight"] = TestTensor.Singles([2, 32], i => i);
        Assert.Contains("only one half of a LoRA pair", Refusal(folder, tensors, Requests.Config()), StringComparison.Ordinal);
        tensors[module + "lora_B.default.weight"] = TestTensor.Zeros(32, 3);
        Assert.Contains("[2, 32] and [32, 3]; [r, 32] and [32, r] are expected", Refusal(folder, tensors, Requests.Config()), StringComparison.Ordinal);
        tensors[module + "lora_B.default.weight"] = TestTensor.Singles([32, 2], i => i);
        Assert.Contains("lora_r is 8", Refusal(folder, tensors, Requests.Config(("lora_r", 8))), StringComparison.Ordinal);
        ConversionReport report = Conversions.Run(Requests.Tiny(folder, tensors, Requests.Config()) with { OutputFolder = folder.At("merged") });
        Assert.Equal([new MergedLora("language.model.layers.0.self_attn.q_proj.weight", 2, 16)], report.Merged);
        Assert.Contains(report.Options, o => o is { Name: "lora_alpha", Value: "16", Origin: "the authors' default" });
        tensors[module + "lora_magnitude_vector.default.weight"] = TestTensor.Zeros(32);
        Assert.Contains("not a LoRA tensor that can be merged (DoRA)", Refusal(folder, tensors, Requests.Config()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_overflows_f16_is_named()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["router.fc2.bias"] = TestTensor.Singles([5], i => i == 3 ? 70000 : 0);
        ConversionRequest request = Requests.Tiny(folder, tensors, Requests.Config()) with { Dtype = WeightDtype.F16 };
        string message = Conversions.Refusal(request);
        Assert.Contains("\"connector.router.fc2.bias\"", message, StringComparison.Ordinal);
        Assert.Contains("70000 at element 3", message, StringComparison.Ordinal);
        Assert.Equal(["checkpoint.pth"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Conversions.Run(request with { Dtype = WeightDtype.BF16 });
    }

    [Theory]
    [InlineData(WeightDtype.Keep)]
    [InlineData(WeightDtype.F16)]
    [InlineData(WeightDtype.BF16)]
    [InlineData(WeightDtype.F32)]
    [InlineData(WeightDtype.Int8)]
    public void Weights_that_are_not_finite_are_counted_and_named_whatever_the_dtype(WeightDtype dtype)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["router.fc2.bias"] = TestTensor.Singles([5], i => i switch { 1 => float.NaN, 4 => float.NegativeInfinity, _ => 0 });
        string message = Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config()) with { Dtype = dtype });
        Assert.Contains("\"connector.router.fc2.bias\" (\"router.fc2.bias\" of checkpoint.pth) holds 2 of 5 numbers that are not finite, the first NaN at element 1", message, StringComparison.Ordinal);
        Assert.Equal(["checkpoint.pth"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("HalfStorage", 0x7C00)]
    [InlineData("HalfStorage", 0xFE01)]
    [InlineData("BFloat16Storage", 0x7F80)]
    [InlineData("BFloat16Storage", 0xFFC0)]
    public void Numbers_that_are_not_finite_are_found_in_stored_halves(string storage, int bits)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        var bytes = new byte[2 * 448];
        BitConverter.TryWriteBytes(bytes.AsSpan(2 * 300), (ushort)bits);
        tensors["router.fc1.bias"] = new TestTensor(storage, [448], bytes);
        string message = Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config()));
        Assert.Contains("holds 1 of 448 numbers that are not finite", message, StringComparison.Ordinal);
        Assert.Contains("at element 300", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_became_not_finite_by_merging_is_named()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        const string module = "llm_model.base_model.model.model.layers.0.self_attn.q_proj.";
        tensors[module + "lora_A.default.weight"] = TestTensor.Singles([2, 32], _ => 1e30f);
        tensors[module + "lora_B.default.weight"] = TestTensor.Singles([32, 2], i => i == 7 ? 1e30f : 0);
        Assert.Contains("LoRA merged) holds 32 of 1024 numbers that are not finite", Refusal(folder, tensors, Requests.Config()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_integer_weight_is_refused()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["router.fc2.bias"] = new TestTensor("IntStorage", [5], new byte[20]);
        Assert.Contains("\"router.fc2.bias\" has type I32", Refusal(folder, tensors, Requests.Config()), StringComparison.Ordinal);
    }

    private static float[] Numbers(SafetensorsSet set, string name)
    {
        var numbers = new float[set.Tensors[name].ElementCount];
        FloatConversion.ToSingle(set.GetBytes(name), ElementType.F32, numbers);
        return numbers;
    }

    private static string Refusal(TemporaryFolder folder, IReadOnlyDictionary<string, object> tensors, IReadOnlyDictionary<string, object> config) =>
        Conversions.Refusal(Requests.Tiny(folder, tensors, config));
}
