using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Weights.Layout;

public class ModelLayoutTests
{
    [Fact]
    public void The_bundled_model_holds_exactly_the_names_and_shapes_of_its_layout()
    {
        ModelLayout layout = ModelLayout.Of(UniMedConfigFile.Read(Path.Combine(Golden.NanoModel, UniMedConfigFile.FileName)));
        using SafetensorsSet files = SafetensorsSet.Open(Golden.NanoModel);

        string[] stored = [.. files.Tensors.Values.Select(tensor => $"{tensor.Name} {TensorShape.Format(tensor.Shape)}").Order(StringComparer.Ordinal)];
        Assert.Equal(stored, layout.Tensors.Where(tensor => !tensor.IsOptional).Select(tensor => tensor.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(["ln_vision.weight", "ln_vision.bias"], layout.Tensors.Where(tensor => tensor.IsOptional).Select(tensor => tensor.Name));
    }

    [Fact]
    public void The_full_model_has_831_tensors_of_17_gigabytes_in_f16()
    {
        ModelLayout layout = ModelLayout.Of(ExampleConfig.Create());
        LayoutTensor[] tensors = [.. layout.Tensors.Where(tensor => !tensor.IsOptional)];

        Assert.Equal(831, tensors.Length);
        Assert.Equal(831, tensors.Select(tensor => tensor.Name).Distinct().Count());
        const long Vision = 1408L + (257 * 1408) + (1408 * 3 * 14 * 14) + 1408 + (39L * ((4 * 1408 * 1408) + (2 * 1408 * 6144) + (8 * 1408) + 6144));
        const long Router = (45056L * 11264) + 45056 + (5 * 45056) + 5;
        const long Experts = (5L * ((4096 * 5632) + 4096 + (4096 * 4096) + 4096)) + (5 * 5632);
        const long Language = 6_738_415_616;
        Assert.Equal(Vision, Elements(layout.Vision!.Tensors));
        Assert.Equal(Router + Experts, Elements(layout.Connector!.Tensors));
        Assert.Equal(Language, Elements(layout.Language.Tensors));
        Assert.Equal(2 * (Vision + Router + Experts + Language), tensors.Sum(tensor => tensor.Rows * tensor.Columns * ElementType.F16.Size()));
        // q, k, v, o, gate, up and down of 32 layers, lm_head, four matrices of 39 blocks, the router's two, two of each expert.
        Assert.Equal((7 * 32) + 1 + (4 * 39) + 2 + 10, tensors.Count(tensor => tensor.CanBeQuantized));

        static long Elements(IEnumerable<LayoutTensor> part) => part.Where(tensor => !tensor.IsOptional).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
    }

    [Theory]
    [InlineData(RouterMethod.TaskAndToken, 64, true)]
    [InlineData(RouterMethod.TaskAndToken, 16, false)]
    [InlineData(RouterMethod.Token, 16, true)]
    [InlineData(RouterMethod.Task, 16, true)]
    public void A_routers_first_layer_is_quantized_only_where_it_is_cut_between_blocks_or_not_at_all(RouterMethod method, int taskTokenC, bool can)
    {
        UniMedConfig config = ExampleConfig.Create();
        ModelLayout layout = ModelLayout.Of(config with { Connector = config.Connector with { RouterMethod = method, TaskTokenC = taskTokenC } });
        ConnectorLayout.RouterTensors router = layout.Connector!.Router!;

        long columns = method == RouterMethod.Task ? taskTokenC : method == RouterMethod.Token ? 5632 : taskTokenC + 5632;
        Assert.Equal((4 * columns, columns), (router.Fc1Weight.Rows, router.Fc1Weight.Columns));
        Assert.Equal(can, router.Fc1Weight.CanBeQuantized);
        Assert.True(router.Fc2Weight.CanBeQuantized);
    }

    [Fact]
    public void A_connector_without_learned_router_has_none_and_a_head_shared_with_the_embedding_is_not_asked_for()
    {
        UniMedConfig config = ExampleConfig.Create();
        ModelLayout layout = ModelLayout.Of(config with
        {
            Connector = config.Connector with { RouterType = RouterType.Hard },
            Language = config.Language with { TieWordEmbeddings = true },
        });

        Assert.Null(layout.Connector!.Router);
        Assert.Equal(5, layout.Connector.TaskTokens.Count);
        Assert.Null(layout.Language.LmHead);
        Assert.Null(layout.Find("connector.router.fc1.weight"));
        Assert.Null(layout.Find("language.lm_head.weight"));
        Assert.Equal("language.lm_head.weight [32000, 4096]", LanguageLayout.HeadOf(config.Language).ToString());
    }
}
