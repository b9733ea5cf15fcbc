using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Language;
using UniMed.Inference.Vision;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Weights.Layout;

/// <summary>Any configuration: what its layout lists is what a model of it loads, no tensor more and none less.</summary>
public sealed class LayoutLoadsTests : IDisposable
{
    private readonly Device _device = DeviceCatalog.Create("reference", null);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void A_model_of_any_configuration_loads_every_tensor_of_its_layout_in_every_format_and_no_other()
    {
        var random = new Random(14);
        int number = 0;
        foreach (ConnectorConfig connector in Connectors())
        {
            SyntheticShape shape = Shape(random, connector);
            UniMedConfigValidation.Check($"configuration {number}", shape.ToConfig()! with { Provenance = ExampleConfig.Create().Provenance });
            var dtype = (SyntheticDtype)(number++ % Enum.GetValues<SyntheticDtype>().Length);
            using var source = new RecordingSource(new SyntheticWeights(shape, dtype, number));
            Load(shape, source);

            var layout = ModelLayout.Of(shape.ToConfig()!);
            // Task tokens that no router looks at stay where they are.
            IEnumerable<LayoutTensor> unread = layout.Connector!.Router is { Fc1Weight.SplitAt: > 0 } ? [] : layout.Connector.TaskTokens;
            IEnumerable<string> expected = layout.Tensors.Except(unread).Where(tensor => !tensor.IsOptional).Select(tensor => tensor.Name);
            Assert.Equal(expected.Order(StringComparer.Ordinal), source.Asked.Keys.Where(name => layout.Find(name) is not null).Order(StringComparer.Ordinal));
            Assert.All(source.Asked.Keys.Where(name => layout.Find(name) is null), name => Assert.EndsWith(TensorNames.ScalesSuffix, name, StringComparison.Ordinal));
        }

        Assert.Equal(126, number);
    }

    [Theory]
    [InlineData(nameof(SyntheticDtype.F16))]
    [InlineData(nameof(SyntheticDtype.Int4))]
    public void Any_tensor_that_is_missing_is_named(string dtype)
    {
        SyntheticShape shape = Shape(new Random(1), Connectors().First());
        using var whole = new SyntheticWeights(shape, Enum.Parse<SyntheticDtype>(dtype), 1);
        Load(shape, whole);
        foreach (string name in whole.Tensors.Keys)
        {
            using var source = new RecordingSource(whole, name);
            string message = Assert.Throws<UniMedException>(() => Load(shape, source)).Message;
            Assert.StartsWith("made up: tensor '", message, StringComparison.Ordinal);
            Assert.Contains($"'{name}'", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Any_tensor_of_a_larger_model_is_refused_by_its_name_and_both_shapes()
    {
        SyntheticShape shape = Shape(new Random(1), Connectors().First());
        using var whole = new SyntheticWeights(shape, SyntheticDtype.F32, 1);
        foreach (LayoutTensor tensor in ModelLayout.Of(shape.ToConfig()!).Tensors.Where(tensor => !tensor.IsOptional))
        {
            var larger = new LayoutTensor(tensor.Name, [tensor.Rows, tensor.Columns + 1], tensor.Rows, tensor.Role);
            string message = Assert.Throws<UniMedException>(() => new ModelWeights(whole, "made up").Load(larger)).Message;
            Assert.Contains($"'{tensor.Name}' has shape {TensorShape.Format(tensor.Shape)}", message, StringComparison.Ordinal);
            Assert.Contains($"{larger.Columns}", message, StringComparison.Ordinal);
        }
    }

    /// <summary>Every combination of the connector's options.</summary>
    private static IEnumerable<ConnectorConfig> Connectors()
    {
        foreach (ResampleMethod resample in Enum.GetValues<ResampleMethod>())
        {
            foreach (int tokens in (int[])[1, 0])
            {
                var plain = new ConnectorConfig
                {
                    ProjectorType = ProjectorType.Linear,
                    HasMoe = false,
                    ResampleMethod = resample,
                    ResampleRate = 4,
                    NumTaskTokens = tokens,
                    TaskTokenC = tokens * 24,
                };
                foreach (ProjectorType type in (ProjectorType[])[ProjectorType.MoeMlp, ProjectorType.MoeLinear])
                {
                    foreach (RouterType router in Enum.GetValues<RouterType>())
                    {
                        foreach (RouterMethod method in Enum.GetValues<RouterMethod>().Where(method => tokens > 0 || method == RouterMethod.Token))
                            yield return plain with { ProjectorType = type, HasMoe = true, RouterType = router, RouterMethod = method, NumExperts = 5, SparseTopk = router == RouterType.Sparse ? 2 : 0 };
                    }
                }

                foreach (ProjectorType type in (ProjectorType[])[ProjectorType.Linear, ProjectorType.Mlp(1), ProjectorType.Mlp(3), ProjectorType.Mlp(ProjectorType.MaxLayers), ProjectorType.Mlp(2)])
                    yield return plain with { ProjectorType = type };
            }
        }
    }

    private static SyntheticShape Shape(Random random, ConnectorConfig connector)
    {
        int heads = random.Next(1, 4);
        int kvHeads = random.Next(2) == 0 ? heads : 1;
        return new SyntheticShape(
            "made up",
            new LanguageConfig
            {
                HiddenSize = 8 * random.Next(1, 8),
                IntermediateSize = random.Next(1, 70),
                NumHiddenLayers = random.Next(1, 3),
                NumAttentionHeads = heads,
                NumKeyValueHeads = kvHeads,
                HeadDim = 2 * random.Next(1, 12),
                VocabSize = random.Next(300, 400),
                MaxPositionEmbeddings = 64,
                RmsNormEps = 1e-5,
                TieWordEmbeddings = random.Next(2) == 0,
            },
            new VisionConfig { ImageSize = 14 * 2 * random.Next(1, 3), PatchSize = 14, EmbedDim = heads * random.Next(1, 20), Depth = random.Next(1, 3), NumHeads = heads, MlpDim = random.Next(1, 70) },
            connector);
    }

    private void Load(SyntheticShape shape, IWeightSource source)
    {
        UniMedConfig config = shape.ToConfig()!;
        var weights = new ModelWeights(source, shape.Name);
        using var vision = new VisionEncoder(_device, config.Vision, weights);
        using var connector = new VisualConnector(_device, config, weights);
        using var language = new LanguageModel(_device, config.Language, weights, config.Language.VocabSize);
    }
}
