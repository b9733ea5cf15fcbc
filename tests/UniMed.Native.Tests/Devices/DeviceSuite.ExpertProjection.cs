using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>All projection experts and their weighted sum.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void The_projection_equals_the_exact_weighted_sum_of_the_experts(ElementType type)
    {
        var random = new Random(71);
        foreach ((int experts, int inputs, int hidden, int outputs, int rows) in new[] { (1, 1, 1, 1, 1), (5, 33, 21, 47, 13), (3, 130, 70, 9, 6), (2, 4, 5, 6, 0) })
        {
            foreach (int layers in new[] { 1, 2 })
            {
                (StoredMatrix Weight, StoredMatrix Bias)[] first = RandomLayers(random, experts, inputs, layers == 1 ? outputs : hidden, type);
                (StoredMatrix Weight, StoredMatrix Bias)[] second = layers == 1 ? [] : RandomLayers(random, experts, hidden, outputs, type);
                using ExpertWeights weights = Load(first, second);
                float[,] tokens = RandomValues.Matrix(random, rows, inputs, 2);
                float[,] routing = RandomValues.Matrix(random, rows, experts);
                for (int row = 0; row < rows; row++)
                    routing[row, random.Next(experts)] = 0;

                AssertClose(ExpectedConnector.Experts(Plain(first), Plain(second), tokens, routing, input => Fixture.Operands(input, type)), ProjectByExperts(weights, tokens, routing, outputs));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_expert_with_weight_zero_does_not_touch_the_sum(int layers)
    {
        var random = new Random(72);
        (StoredMatrix Weight, StoredMatrix Bias)[] first = RandomLayers(random, 3, 20, 20, ElementType.F32);
        (StoredMatrix Weight, StoredMatrix Bias)[] second = layers == 1 ? [] : RandomLayers(random, 3, 20, 20, ElementType.F32);
        using ExpertWeights sound = Load(first, second);
        float[] broken = [.. Enumerable.Repeat(float.NaN, 400)];
        HostTensor nan = HostTensor.FromArray(broken, 20, 20);
        using ExpertWeights withBroken = Device.LoadExperts(
            [.. first.Select((layer, e) => (e == 1 ? nan : layer.Weight.Tensor, layer.Bias.Tensor))], [.. second.Select(layer => (layer.Weight.Tensor, layer.Bias.Tensor))]);
        float[,] tokens = RandomValues.Matrix(random, 4, 20);
        float[,] routing = { { 0.5f, 0, 0.5f }, { 0, 0, 1 }, { 0.25f, 0, 0.75f }, { 0.5f, 0.5f, 0 } };

        float[,] output = ProjectByExperts(withBroken, tokens, routing, 20);

        Matrices.AssertSameBits(ProjectByExperts(sound, tokens, routing, 20).Range(0, 3), output.Range(0, 3));
        Assert.All(output.Rows(3).Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void A_token_that_chose_no_expert_becomes_zero()
    {
        var random = new Random(73);
        using ExpertWeights weights = Load(RandomLayers(random, 3, 20, 9, ElementType.F32), []);

        Matrices.AssertSameBits(new float[2, 9], ProjectByExperts(weights, RandomValues.Matrix(random, 2, 20), new float[2, 3], 9));
    }

    [Fact]
    public void A_projected_token_has_the_same_bits_alone_in_company_and_for_parallel_callers()
    {
        var random = new Random(74);
        using ExpertWeights weights = Load(RandomLayers(random, 5, 70, 41, ElementType.BF16), RandomLayers(random, 5, 41, 50, ElementType.BF16));
        float[,] tokens = RandomValues.Matrix(random, 11, 70);
        float[,] dense = { { 0.1f, 0.3f, 0.2f, 0.15f, 0.25f } };
        float[,] sparse = { { 0, 0.6f, 0, 0.4f, 0 } };

        AssertRowsAreIndependent(tokens, rows => ProjectByExperts(weights, rows, Repeat(dense, rows.GetLength(0)), 50));
        AssertRowsAreIndependent(tokens, rows => ProjectByExperts(weights, rows, Repeat(sparse, rows.GetLength(0)), 50));
        AssertParallelCallersAgree(() => ProjectByExperts(weights, tokens, Repeat(dense, 11), 50));
    }

    [Fact]
    public void Which_experts_the_neighbours_chose_changes_nothing()
    {
        var random = new Random(75);
        using ExpertWeights weights = Load(RandomLayers(random, 4, 35, 20, ElementType.F32), RandomLayers(random, 4, 20, 30, ElementType.F32));
        float[,] tokens = RandomValues.Matrix(random, 6, 35);
        float[,] routing = { { 0.5f, 0.5f, 0, 0 }, { 0, 0.25f, 0.75f, 0 }, { 0, 0, 0, 1 }, { 1, 0, 0, 0 }, { 0.25f, 0.25f, 0.25f, 0.25f }, { 0, 0, 0.5f, 0.5f } };

        float[,] together = ProjectByExperts(weights, tokens, routing, 30);

        for (int row = 0; row < 6; row++)
            Matrices.AssertSameBits(together.Rows(row), ProjectByExperts(weights, tokens.Rows(row), routing.Rows(row), 30));
    }

    [Theory]
    [InlineData(ElementType.F32, 1)]
    [InlineData(ElementType.F16, 2)]
    [InlineData(ElementType.BF16, 2)]
    [InlineData(ElementType.I8, 2)]
    [InlineData(ElementType.U8, 1)]
    public void Several_tasks_of_the_same_tokens_are_projected_to_the_bits_that_each_has_alone(ElementType type, int layers)
    {
        var random = new Random(77);
        (StoredMatrix Weight, StoredMatrix Bias)[] second = layers == 1 ? [] : RandomLayers(random, 4, 41, 50, type);
        using ExpertWeights weights = Load(RandomLayers(random, 4, 70, layers == 1 ? 50 : 41, type), second);
        float[,] tokens = RandomValues.Matrix(random, 67, 70);
        // Of the first task all experts, of the second some, of the third other ones; expert 3 has no token of the last two.
        float[,] routing = RandomValues.Matrix(random, 3 * 67, 4);
        for (int row = 67; row < 3 * 67; row++)
        {
            routing[row, (row / 67) + (row % 2)] = 0;
            routing[row, 3] = 0;
        }

        float[,] together = ProjectByExperts(weights, tokens, routing, 50);

        for (int task = 0; task < 3; task++)
            Matrices.AssertSameBits(ProjectByExperts(weights, tokens, routing.Range(task * 67, 67), 50), together.Range(task * 67, 67));
        Matrices.AssertSameBits(together.Range(67, 134), ProjectByExperts(weights, tokens, routing.Range(67, 134), 50));
    }

    [Fact]
    public void A_task_for_which_no_token_chose_an_expert_is_not_touched_by_what_it_makes_of_the_tokens_for_another()
    {
        var random = new Random(78);
        (StoredMatrix Weight, StoredMatrix Bias)[] layers = RandomLayers(random, 2, 20, 9, ElementType.F32);
        HostTensor broken = HostTensor.FromArray([.. Enumerable.Repeat(float.NaN, 180)], 9, 20);
        using ExpertWeights weights = Device.LoadExperts([(layers[0].Weight.Tensor, layers[0].Bias.Tensor), (broken, layers[1].Bias.Tensor)], []);
        float[,] tokens = RandomValues.Matrix(random, 2, 20);
        float[,] routing = { { 1, 0 }, { 1, 0 }, { 0.5f, 0.5f }, { 0, 1 } };

        float[,] output = ProjectByExperts(weights, tokens, routing, 9);

        Assert.All(output.Range(0, 2).Flat().ToArray(), value => Assert.True(float.IsFinite(value)));
        Assert.All(output.Range(2, 2).Flat().ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Shapes_that_do_not_fit_the_experts_are_refused()
    {
        var random = new Random(76);
        using ExpertWeights weights = Load(RandomLayers(random, 3, 6, 4, ElementType.F32), RandomLayers(random, 3, 4, 5, ElementType.F32));
        HostTensor weight = new StoredMatrix(random, 4, 6, ElementType.F32).Tensor;
        HostTensor bias = new StoredMatrix(random, 1, 4, ElementType.F32).Tensor;
        HostTensor other = new StoredMatrix(random, 4, 7, ElementType.F32).Tensor;

        Refused(() => Device.ExpertProjection(weights, Any(2, 7), Any(2, 3), Any(2, 5)));
        Refused(() => Device.ExpertProjection(weights, Any(2, 6), Any(2, 2), Any(2, 5)));
        Refused(() => Device.ExpertProjection(weights, Any(2, 6), Any(3, 3), Any(2, 5)));
        Refused(() => Device.ExpertProjection(weights, Any(2, 6), Any(3, 3), Any(3, 5)));
        Refused(() => Device.ExpertProjection(weights, Any(2, 6), Any(0, 3), Any(0, 5)));
        Refused(() => Device.ExpertProjection(weights, Any(2, 6), Any(4, 3), Any(2, 5)));
        Refused(() => Device.ExpertProjection(weights, Any(2, 6), Any(2, 3), Any(2, 4)));
        Refused(() => Device.ExpertProjection(weights, Any(2, 6), Any(2, 3), Any(1, 5)));
        Refused(() => Device.LoadExperts([], []));
        Refused(() => Device.LoadExperts(null!, []));
        Refused(() => Device.LoadExperts([(weight, bias)], null!));
        Refused(() => Device.LoadExperts([(weight, bias), (other, bias)], []));
        Refused(() => Device.LoadExperts([(weight, weight)], []));
        Refused(() => Device.LoadExperts([(weight, bias)], [(weight, bias)]));
        Refused(() => Device.LoadExperts([(weight, bias), (weight, bias)], [(weight, bias)]));
    }

    private static float[,] Repeat(float[,] row, int count) => row.Rows(new int[count]);

    private static (StoredMatrix Weight, StoredMatrix Bias)[] RandomLayers(Random random, int experts, int inputs, int outputs, ElementType type) =>
        [.. Enumerable.Range(0, experts).Select(e => (new StoredMatrix(random, outputs, inputs, type, strided: e == 0), new StoredMatrix(random, 1, outputs, StoredMatrix.BiasType(type))))];

    private static (float[,] Weight, float[] Bias)[] Plain((StoredMatrix Weight, StoredMatrix Bias)[] layers) =>
        [.. layers.Select(layer => (layer.Weight.Values, layer.Bias.Vector))];

    private ExpertWeights Load((StoredMatrix Weight, StoredMatrix Bias)[] first, (StoredMatrix Weight, StoredMatrix Bias)[] second) =>
        Device.LoadExperts([.. first.Select(layer => (layer.Weight.Tensor, layer.Bias.Tensor))], [.. second.Select(layer => (layer.Weight.Tensor, layer.Bias.Tensor))]);

    private float[,] ProjectByExperts(ExpertWeights weights, float[,] tokens, float[,] routing, int outputs)
    {
        DeviceMatrix output = Output(routing.GetLength(0), outputs);
        Device.ExpertProjection(weights, Input(tokens), Input(routing), output.Tensor);
        return output.Read();
    }
}
