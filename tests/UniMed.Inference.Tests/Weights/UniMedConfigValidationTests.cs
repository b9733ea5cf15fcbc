using UniMed.Inference;
using UniMed.Inference.Weights;
using Xunit;

namespace UniMed.Tests.Weights;

public class UniMedConfigValidationTests
{
    public static TheoryData<string, Func<UniMedConfig, UniMedConfig>> Impossible { get; } = new()
    {
        { "format is 'x'", c => c with { Format = "x" } },
        { "format_version is 0", c => c with { FormatVersion = 0 } },
        { "vision.image_size is 0", c => c with { Vision = c.Vision with { ImageSize = 0 } } },
        { "vision.image_size is 223; expected a multiple of vision.patch_size (14)", c => c with { Vision = c.Vision with { ImageSize = 223 } } },
        { "vision.image_size is 1400000000; expected 1 to 16384", c => c with { Vision = c.Vision with { ImageSize = 1_400_000_000 } } },
        { "vision.patch_size is -14", c => c with { Vision = c.Vision with { PatchSize = -14 } } },
        { "vision.patch_size is 0", c => c with { Vision = c.Vision with { PatchSize = 0 } } },
        { "vision.embed_dim is 1409; expected a multiple of vision.num_heads (16)", c => c with { Vision = c.Vision with { EmbedDim = 1409 } } },
        { "vision.depth is 0", c => c with { Vision = c.Vision with { Depth = 0 } } },
        { "vision.num_heads is 0", c => c with { Vision = c.Vision with { NumHeads = 0 } } },
        { "vision.mlp_dim is -1", c => c with { Vision = c.Vision with { MlpDim = -1 } } },
        { "vision.layer_norm_eps is NaN", c => c with { Vision = c.Vision with { LayerNormEps = double.NaN } } },
        { "vision.ln_vision_eps is 0", c => c with { Vision = c.Vision with { LnVisionEps = 0 } } },
        { "connector.has_moe is false; expected true", c => c with { Connector = c.Connector with { HasMoe = false } } },
        { "connector.has_moe is true; expected false", c => c with { Connector = c.Connector with { ProjectorType = ProjectorType.Linear } } },
        { "connector.resample_method is 9; expected projection, avgpool or maxpool", c => c with { Connector = c.Connector with { ResampleMethod = (ResampleMethod)9 } } },
        { "connector.resample_rate is 0", c => c with { Connector = c.Connector with { ResampleRate = 0 } } },
        { "connector.resample_rate is 4097; expected 1 to 4096", c => c with { Connector = c.Connector with { ResampleRate = 4097 } } },
        { "visual tokens of at most 16777216 channels, not of 67108864", c => c with { Vision = c.Vision with { EmbedDim = 1 << 20 }, Connector = c.Connector with { ResampleRate = 64 } } },
        { "connector.resample_rate is 5; expected a divisor of the 256 patches", c => c with { Connector = c.Connector with { ResampleRate = 5 } } },
        { "expected at least two patches", c => c with { Vision = c.Vision with { ImageSize = 14 }, Connector = c.Connector with { ResampleMethod = ResampleMethod.AveragePool } } },
        { "connector.router_type is null", c => c with { Connector = c.Connector with { RouterType = null } } },
        { "connector.router_type is 4; expected soft, sparse, hard or constant", c => c with { Connector = c.Connector with { RouterType = (RouterType)4 } } },
        { "connector.router_method is null", c => c with { Connector = c.Connector with { RouterMethod = null } } },
        { "connector.num_experts is 1025; expected 1 to 1024", c => c with { Connector = c.Connector with { NumExperts = 1025 } } },
        { "connector.num_experts is 0", c => c with { Connector = c.Connector with { NumExperts = 0 } } },
        { "connector.sparse_topk is 0; expected 1 to num_experts (5)", c => c with { Connector = c.Connector with { RouterType = RouterType.Sparse } } },
        { "connector.sparse_topk is 6", c => c with { Connector = c.Connector with { RouterType = RouterType.Sparse, SparseTopk = 6 } } },
        { "connector.num_task_tokens is 0; expected at least 1, since router_method is router_task_token", c => c with { Connector = c.Connector with { NumTaskTokens = 0 } } },
        { "connector.task_token_c is 0", c => c with { Connector = c.Connector with { TaskTokenC = 0 } } },
        { "language.hidden_size is 0", c => c with { Language = c.Language with { HiddenSize = 0 } } },
        { "language.intermediate_size is 0", c => c with { Language = c.Language with { IntermediateSize = 0 } } },
        { "language.num_hidden_layers is 0", c => c with { Language = c.Language with { NumHiddenLayers = 0 } } },
        { "language.num_attention_heads is 32; expected a multiple of language.num_key_value_heads (5)", c => c with { Language = c.Language with { NumKeyValueHeads = 5 } } },
        { "language.num_key_value_heads is 0", c => c with { Language = c.Language with { NumKeyValueHeads = 0 } } },
        { "language.head_dim is 127; expected an even number", c => c with { Language = c.Language with { HeadDim = 127 } } },
        { "language.vocab_size is 0", c => c with { Language = c.Language with { VocabSize = 0 } } },
        { "language.max_position_embeddings is 0", c => c with { Language = c.Language with { MaxPositionEmbeddings = 0 } } },
        { "language.rms_norm_eps is -1", c => c with { Language = c.Language with { RmsNormEps = -1 } } },
        { "language.rope_theta is Infinity", c => c with { Language = c.Language with { RopeTheta = double.PositiveInfinity } } },
        { "preprocess.resample is 'lanczos'", c => c with { Preprocess = c.Preprocess with { Resample = "lanczos" } } },
        { "preprocess.mean is [0, 1]", c => c with { Preprocess = c.Preprocess with { Mean = [0, 1] } } },
        { "preprocess.std is [1, 0, 1]", c => c with { Preprocess = c.Preprocess with { Std = [1, 0, 1] } } },
        { "preprocess.std is [1, NaN, 1]", c => c with { Preprocess = c.Preprocess with { Std = [1, float.NaN, 1] } } },
        { "prompt.image_placeholder is ''", c => c with { Prompt = c.Prompt with { ImagePlaceholder = "" } } },
        { "prompt.image_template is 'x {instruction}'", c => c with { Prompt = c.Prompt with { ImageTemplate = "x {instruction}" } } },
        { "prompt.text_template is 'x'", c => c with { Prompt = c.Prompt with { TextTemplate = "x" } } },
        { "prompt.eos_token_id is 32000", c => c with { Prompt = c.Prompt with { EosTokenId = 32000 } } },
        { "prompt.pad_token_id is -1", c => c with { Prompt = c.Prompt with { PadTokenId = -1 } } },
        { "provenance.dtype is 'int3'", c => c with { Provenance = c.Provenance with { Dtype = "int3" } } },
        { "provenance.converter is ''", c => c with { Provenance = c.Provenance with { Converter = "" } } },
        { "provenance.sources[0].role is 'audio'", c => c with { Provenance = c.Provenance with { Sources = [new SourceFile("audio", "x", 1, new string('0', 64))] } } },
        { "provenance.sources[0].sha256 is 'ABC'", c => c with { Provenance = c.Provenance with { Sources = [new SourceFile("vision", "x", 1, "ABC")] } } },
        { "provenance.sources[0].bytes is -1", c => c with { Provenance = c.Provenance with { Sources = [new SourceFile("vision", "x", -1, new string('0', 64))] } } },
        { "provenance.lora_rank is -1", c => c with { Provenance = c.Provenance with { LoraRank = -1 } } },
        { "provenance.lora_alpha is NaN", c => c with { Provenance = c.Provenance with { LoraAlpha = double.NaN } } },
    };

    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public void An_impossible_value_is_named_with_what_was_expected(string expected, Func<UniMedConfig, UniMedConfig> change)
    {
        string message = Assert.Throws<UniMedException>(() => UniMedConfigValidation.Check("config.json", change(ExampleConfig.Create()))).Message;

        Assert.StartsWith("config.json: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_listed_at_once()
    {
        UniMedConfig config = ExampleConfig.Create();
        config = config with { Vision = config.Vision with { Depth = 0 }, Language = config.Language with { HeadDim = 3 } };

        string message = Assert.Throws<UniMedException>(() => UniMedConfigValidation.Check("config.json", config)).Message;

        Assert.Contains("vision.depth", message, StringComparison.Ordinal);
        Assert.Contains("language.head_dim", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, ResampleMethod.Projection)]
    [InlineData(1, ResampleMethod.AveragePool)]
    [InlineData(3, ResampleMethod.MaxPool)]
    public void Connectors_without_experts_need_no_router(int mlpLayers, ResampleMethod resampleMethod)
    {
        ProjectorType projectorType = mlpLayers == 0 ? ProjectorType.Linear : ProjectorType.Mlp(mlpLayers);
        var connector = new ConnectorConfig { ProjectorType = projectorType, HasMoe = false, ResampleMethod = resampleMethod, ResampleRate = 4 };

        UniMedConfigValidation.Check("config.json", ExampleConfig.Create() with { Connector = connector });
    }

    [Theory]
    [InlineData(RouterType.Soft, RouterMethod.Token, 0)]
    [InlineData(RouterType.Sparse, RouterMethod.Task, 1)]
    [InlineData(RouterType.Hard, RouterMethod.TaskAndToken, 0)]
    [InlineData(RouterType.Constant, null, 0)]
    public void Every_router_is_accepted_with_what_it_needs(RouterType type, RouterMethod? method, int numTaskTokens)
    {
        UniMedConfig config = ExampleConfig.Create();
        ConnectorConfig connector = config.Connector with { RouterType = type, RouterMethod = method, NumTaskTokens = numTaskTokens, SparseTopk = 2 };

        UniMedConfigValidation.Check("config.json", config with { Connector = connector });
    }
}
