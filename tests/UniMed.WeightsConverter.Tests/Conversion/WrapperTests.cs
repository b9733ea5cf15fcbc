using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Tests.Support;
using UniMed.WeightsConverter.Torch;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Conversion;

/// <summary>Training libraries wrap modules and so their keys. A trained tensor is used under whatever wrapper is known, and an error under every other.</summary>
public class WrapperTests
{
    private const string Peft = "llm_model.base_model.model.";
    private const string Head = "lm_head.weight";

    private static TestTensor Trained { get; } = TestTensor.Singles([1024, 32], i => (i % 13) + 1);

    private static TestTensor Base { get; } = TestTensor.Singles([1024, 32], i => -i % 7);

    [Fact]
    public void A_head_trained_under_modules_to_save_is_used_and_the_original_is_overridden()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Convert(folder, (Peft + "lm_head.original_module.weight", Base), (Peft + "lm_head.modules_to_save.default.weight", Trained));
        Assert.Equal(Trained.Bytes, Written(folder, "language." + Head));
        Assert.Contains(report.Overridden, k => k.Key == Peft + "lm_head.original_module.weight");
        Assert.Contains(report.Overridden, k => k is { Role: "language", Key: Head });
        Assert.Equal(Peft + "lm_head.modules_to_save.default.weight", report.Used.Single(t => t.Name == "language." + Head).Key);
        Assert.Contains(report.Notes, n => n == "checkpoint.pth: 1 key is read without the wrapper \"modules_to_save.default\".");
        Assert.Empty(report.Unused);
    }

    [Theory]
    [InlineData("module.llm_model.lm_head.weight")]
    [InlineData("model.llm_model.lm_head.weight")]
    [InlineData("_orig_mod.llm_model.lm_head.weight")]
    [InlineData("module._orig_mod.llm_model.lm_head.weight")]
    [InlineData("_forward_module.module.llm_model.lm_head.weight")]
    [InlineData("_fsdp_wrapped_module.llm_model._fsdp_wrapped_module.lm_head._checkpoint_wrapped_module.weight")]
    [InlineData("llm_model._orig_mod.lm_head.weight")]
    [InlineData("llm_model.module.lm_head.weight")]
    [InlineData("llm_model.base_model.model.lm_head.base_layer.weight")]
    [InlineData("llm_model.base_model.model.lm_head._orig_mod.weight")]
    [InlineData("llm_model.lm_head.modules_to_save.weight")]
    [InlineData("base_model.model.llm_model.lm_head.modules_to_save.uni_med.weight")]
    [InlineData("state_dict.model.llm_model.base_model.model.lm_head.weight")]
    public void A_trained_head_is_used_under_every_known_wrapper(string key)
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Convert(folder, (key, Trained));
        Assert.Equal(Trained.Bytes, Written(folder, "language." + Head));
        Assert.Empty(report.Unused);
    }

    [Theory]
    [InlineData("model.")]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("module._orig_mod.")]
    [InlineData("model._forward_module.module.")]
    public void A_whole_checkpoint_may_stand_under_a_wrapper(string wrapper)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> wrapped = Requests.Tensors().ToDictionary(t => wrapper + t.Key, t => t.Value);
        Conversions.Run(Requests.Tiny(folder, Requests.Tensors(), Requests.Config()) with { OutputFolder = folder.At("plain") });
        Conversions.Run(Requests.Tiny(folder, wrapped, Requests.Config()));
        Assert.Equal(FolderContent.Read(folder.At("plain"))["model.safetensors"], FolderContent.Read(folder.At("out"))["model.safetensors"]);
    }

    [Theory]
    [InlineData("router.modules_to_save.default.fc2.bias", "connector.router.fc2.bias", 5)]
    [InlineData("visual_encoder._orig_mod.blocks.0.norm1.bias", "vision.blocks.0.norm1.bias", 24)]
    [InlineData("base_model.model.ln_vision.modules_to_save.default.bias", "ln_vision.bias", 24)]
    public void Wrappers_are_taken_off_every_part_of_the_model(string key, string name, int length)
    {
        using var folder = new TemporaryFolder();
        TestTensor value = TestTensor.Singles([length], i => i + 0.5f);
        Convert(folder, (key, value), ("ln_vision.weight", TestTensor.Zeros(24)), ("ln_vision.bias", TestTensor.Zeros(24)));
        Assert.Equal(value.Bytes, Written(folder, name));
    }

    [Theory]
    [InlineData("llm_model.wrapped.lm_head.weight", "\"lm_head.weight\"", "\"llm_model.wrapped\"")]
    [InlineData("llm_model.lm_head.linear.weight", "\"lm_head.weight\"", "\"llm_model.linear\"")]
    [InlineData("ema.model.layers.0.mlp.up_proj.weight", "\"model.layers.0.mlp.up_proj.weight\"", "\"ema\"")]
    [InlineData("student.router.fc2.bias", "\"router.fc2.bias\"", "\"student\"")]
    [InlineData("other_model.layers.0.input_layernorm.weight", "\"layers.0.input_layernorm.weight\"", "\"other_model\"")]
    [InlineData("visual_encoder.trunk.blocks.0.norm1.weight", "\"blocks.0.norm1.weight\"", "\"visual_encoder.trunk\"")]
    public void A_weight_under_a_wrapper_that_is_not_known_is_an_error_that_names_both(string key, string weight, string wrapper)
    {
        using var folder = new TemporaryFolder();
        string message = Refusal(folder, (key, TestTensor.Zeros(5)));
        Assert.Contains($"\"{key}\" ends like the model's {weight}", message, StringComparison.Ordinal);
        Assert.Contains($"stands under {wrapper}", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("out")));
    }

    [Theory]
    [InlineData("llm_model.model.layers.0.self_attn.q_proj.bias")]
    [InlineData("llm_model.prefix.embedding")]
    [InlineData("llm_model._flat_param")]
    [InlineData("router.fc3.weight")]
    [InlineData("moe_layers.2.1.weight")]
    public void A_trained_tensor_that_is_not_computed_is_an_error(string key)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains($"\"{key}\" is not a weight of this model", Refusal(folder, (key, TestTensor.Zeros(3))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lora_magnitude_vector.default.weight", "DoRA")]
    [InlineData("lora_embedding_A.default", "LoRA of an embedding")]
    [InlineData("lora_E.default", "AdaLoRA")]
    [InlineData("lora_B.default.bias", "not a LoRA tensor that can be merged")]
    [InlineData("ia3_l.default", "IA3")]
    [InlineData("hada_w1_a.default", "LoHa")]
    [InlineData("lokr_w1.default", "LoKr")]
    [InlineData("oft_r.default", "OFT")]
    [InlineData("vera_lambda_b.default", "VeRA")]
    public void Adapters_that_are_not_merged_are_named(string suffix, string kind)
    {
        using var folder = new TemporaryFolder();
        string message = Refusal(folder, ($"{Peft}model.layers.0.self_attn.q_proj.{suffix}", TestTensor.Zeros(3)));
        Assert.Contains(kind, message, StringComparison.Ordinal);
        Assert.Contains("merge_and_unload", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompt_tuning_is_named() =>
        Assert.Contains("prompt tuning", RefusalOf("llm_model.prompt_encoder.default.embedding.weight"), StringComparison.Ordinal);

    [Fact]
    public void One_adapter_of_any_name_is_merged_and_several_are_refused()
    {
        using var folder = new TemporaryFolder();
        const string module = Peft + "model.layers.0.self_attn.q_proj.";
        TestTensor a = TestTensor.Singles([2, 32], i => i);
        TestTensor b = TestTensor.Singles([32, 2], i => i);
        ConversionReport report = Convert(folder, (module + "lora_A.uni_med.weight", a), (module + "lora_B.uni_med.weight", b));
        Assert.Single(report.Merged);
        string message = Refusal(
            folder, (module + "lora_A.uni_med.weight", a), (module + "lora_B.uni_med.weight", b), (module + "lora_A.old.weight", a), (module + "lora_B.old.weight", b));
        Assert.Contains("2 LoRA adapters (\"old\", \"uni_med\")", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use_rslora", true, "alpha / sqrt(r)")]
    [InlineData("use_dora", true, "DoRA")]
    [InlineData("alpha_pattern", "q_proj", "one alpha")]
    public void Options_that_change_how_lora_is_added_are_refused(string option, object value, string reason)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors[Peft + "model.layers.0.self_attn.q_proj.lora_A.default.weight"] = TestTensor.Zeros(2, 32);
        tensors[Peft + "model.layers.0.self_attn.q_proj.lora_B.default.weight"] = TestTensor.Zeros(32, 2);
        Assert.Contains(reason, Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config((option, value)))), StringComparison.Ordinal);
        Conversions.Run(Requests.Tiny(folder, tensors, Requests.Config(("use_rslora", false), ("use_dora", 0))));
    }

    [Fact]
    public void A_lora_alpha_that_is_text_is_shown_as_text()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors[Peft + "model.layers.0.self_attn.q_proj.lora_A.default.weight"] = TestTensor.Zeros(2, 32);
        tensors[Peft + "model.layers.0.self_attn.q_proj.lora_B.default.weight"] = TestTensor.Zeros(32, 2);
        string message = Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config(("lora_alpha", "16"))));
        Assert.Contains("\"lora_alpha\" in its config is '16' (a string); a number is expected", message, StringComparison.Ordinal);
        Assert.Contains("c[\"config\"][\"model\"][\"lora_alpha\"] = 16;", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_keys_of_one_weight_must_agree()
    {
        using var folder = new TemporaryFolder();
        ConversionReport report = Convert(folder, ("llm_model." + Head, Trained), ("module.llm_model." + Head, Trained));
        Assert.Contains(report.Overridden, k => k.Key == "module.llm_model." + Head);
        string message = Refusal(folder, ("llm_model." + Head, Trained), ("module.llm_model." + Head, Base));
        Assert.Contains($"\"llm_model.{Head}\" and \"module.llm_model.{Head}\" are both the model's", message, StringComparison.Ordinal);
        message = Refusal(folder, (Peft + "lm_head.modules_to_save.a.weight", Trained), (Peft + "lm_head.modules_to_save.b.weight", Base));
        Assert.Contains("with one adapter", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trained_value_that_cannot_be_read_is_an_error_not_the_base_weight()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["llm_model." + Head] = new RawPickle("ctorch._utils\n_rebuild_qtensor\n)R");
        string message = Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config()));
        Assert.Contains($"\"llm_model.{Head}\" ends like the model's \"{Head}\" but is a value made by torch._utils._rebuild_qtensor", message, StringComparison.Ordinal);
        tensors.Remove("llm_model." + Head);
        tensors["router.fc2.bias"] = new RawPickle("ctorch._utils\n_rebuild_qtensor\n)R");
        message = Conversions.Refusal(Requests.Tiny(folder, tensors, Requests.Config()));
        Assert.Contains("\"router.fc2.bias\" is a value made by torch._utils._rebuild_qtensor, which is not read; a tensor of shape [5] is expected", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_trained_apart_from_a_tied_embedding_is_an_error()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest copy = Requests.TinyOfCopy(folder);
        string config = folder.At("llm", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true", StringComparison.Ordinal));
        Dictionary<string, object> tensors = Requests.Tensors();
        tensors["llm_model." + Head] = Trained;
        ConversionRequest request = Requests.Tiny(folder, tensors, Requests.Config()) with { LanguageFolder = copy.LanguageFolder };
        Assert.Contains("is a head of its own", Conversions.Refusal(request), StringComparison.Ordinal);
        tensors["llm_model.model.embed_tokens.weight"] = Trained;
        Conversions.Run(Requests.Tiny(folder, tensors, Requests.Config()) with { LanguageFolder = copy.LanguageFolder });
    }

    [Fact]
    public void Language_and_vision_files_may_be_wrapped_too()
    {
        using var folder = new TemporaryFolder();
        ConversionRequest request = Requests.TinyOfCopy(folder);
        Conversions.Run(request with { OutputFolder = folder.At("plain") });
        string bin = folder.At("llm", "pytorch_model.bin");
        TorchZip.Write(bin, TorchZip.ReadTensors(bin).ToDictionary(t => "module._orig_mod." + t.Key, t => t.Value));
        TorchZip.Write(folder.At("vit.pth"), TorchZip.ReadTensors(request.VisionPath).ToDictionary(t => "visual." + t.Key, t => t.Value));
        Conversions.Run(request with { VisionPath = folder.At("vit.pth") });
        Assert.Equal(FolderContent.Read(folder.At("plain"))["model.safetensors"], FolderContent.Read(folder.At("out"))["model.safetensors"]);
    }

    [Theory]
    [InlineData("state_dict")]
    [InlineData("module")]
    [InlineData("model_state_dict")]
    public void The_state_dict_may_stand_under_the_names_that_frameworks_give_it(string container)
    {
        using var folder = new TemporaryFolder();
        var root = new Dictionary<string, object> { ["epoch"] = RawPickle.NumpyFour, [container] = Requests.Tensors(), ["config"] = new Dictionary<string, object> { ["model"] = Requests.Config() } };
        Conversions.Run(Requests.TinyOf(folder, root));
    }

    [Fact]
    public void Containers_inside_containers_are_followed()
    {
        using var folder = new TemporaryFolder();
        var root = new Dictionary<string, object> { ["model"] = new Dictionary<string, object> { ["state_dict"] = Requests.Tensors() } };
        Conversions.Run(Requests.TinyOf(folder, root));
    }

    [Fact]
    public void A_weight_beside_the_state_dict_is_an_error_and_other_tensors_there_are_said()
    {
        using var folder = new TemporaryFolder();
        var root = new Dictionary<string, object> { ["model"] = Requests.Tensors(), ["lm_head.weight"] = Trained };
        Assert.Contains("\"lm_head.weight\" ends like the model's \"lm_head.weight\" but is a tensor beside \"model\"", Conversions.Refusal(Requests.TinyOf(folder, root)), StringComparison.Ordinal);
        root = new Dictionary<string, object> { ["model"] = Requests.Tensors(), ["rng_state"] = TestTensor.Zeros(5), ["ema"] = new Dictionary<string, object> { ["x"] = Trained } };
        ConversionReport report = Conversions.Run(Requests.TinyOf(folder, root));
        Assert.Equal(
            ["checkpoint.pth: \"rng_state\" is a tensor beside \"model\"; it is not read.", "checkpoint.pth: \"ema\" is a dictionary of 1 tensors beside \"model\"; it is not read."],
            report.Notes);
        Assert.Contains(report.Ignored, k => k is { Key: "ema" } && k.Reason.Contains("a dictionary of 1 tensors beside \"model\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_saved_as_a_whole_is_named_with_what_to_save_instead()
    {
        string Message(byte[] bytes)
        {
            using TorchArchive archive = TorchZip.Open(bytes);
            return Assert.Throws<ConversionException>(() => StateDict.Read(archive)).Message;
        }

        byte[] file = TorchZip.ToBytes(System.Text.Encoding.Latin1.GetBytes("\u0080\u0002cmine.models\nUniMed\n)\u0081}b."), []);
        Assert.Contains("an object of mine.models.UniMed, saved as a whole", Message(file), StringComparison.Ordinal);
        file = TorchZip.ToBytes(System.Text.Encoding.Latin1.GetBytes("\u0080\u0002}X\u0005\0\0\0modelcmine.models\nUniMed\n)\u0081}bs."), []);
        Assert.Contains("\"model\" holds an object of mine.models.UniMed", Message(file), StringComparison.Ordinal);
    }

    [Fact]
    public void What_training_leaves_beside_the_weights_is_skipped()
    {
        using var folder = new TemporaryFolder();
        var root = new Dictionary<string, object>
        {
            ["model"] = Requests.Tensors(),
            ["config"] = new Dictionary<string, object> { ["model"] = Requests.Config(), ["run"] = RawPickle.Namespace },
            ["epoch"] = RawPickle.NumpyFour,
            ["args"] = RawPickle.Namespace,
            ["scaler"] = RawPickle.CustomDict,
        };
        Conversions.Run(Requests.TinyOf(folder, root));
    }

    [Fact]
    public void A_configuration_that_cannot_be_read_is_an_error_not_the_defaults()
    {
        using var folder = new TemporaryFolder();
        var root = new Dictionary<string, object> { ["model"] = Requests.Tensors(), ["config"] = RawPickle.Namespace };
        string message = Conversions.Refusal(Requests.TinyOf(folder, root));
        Assert.Contains("\"config\" is a value made by argparse.Namespace, which is not read; a dictionary of plain values is expected", message, StringComparison.Ordinal);
    }

    private static string RefusalOf(string key)
    {
        using var folder = new TemporaryFolder();
        return Refusal(folder, (key, TestTensor.Zeros(3)));
    }

    private static Dictionary<string, object> With((string Key, TestTensor Tensor)[] added)
    {
        Dictionary<string, object> tensors = Requests.Tensors();
        foreach ((string key, TestTensor tensor) in added)
        {
            // A wrapped tensor stands in the place of the plain one.
            string name = key.Replace("modules_to_save.default.", "", StringComparison.Ordinal).Replace("base_model.model.", "", StringComparison.Ordinal);
            if (name != key)
                tensors.Remove(name);
            tensors[key] = tensor;
        }

        return tensors;
    }

    private static ConversionReport Convert(TemporaryFolder folder, params (string Key, TestTensor Tensor)[] added) =>
        Conversions.Run(Requests.Tiny(folder, With(added), Requests.Config()) with { Force = true });

    private static string Refusal(TemporaryFolder folder, params (string Key, TestTensor Tensor)[] added) =>
        Conversions.Refusal(Requests.Tiny(folder, With(added), Requests.Config()) with { Force = true });

    private static byte[] Written(TemporaryFolder folder, string name)
    {
        using SafetensorsSet set = SafetensorsSet.Open(folder.At("out"));
        Assert.Equal(ElementType.F32, set.Tensors[name].Type);
        return set.GetBytes(name).ToArray();
    }
}
