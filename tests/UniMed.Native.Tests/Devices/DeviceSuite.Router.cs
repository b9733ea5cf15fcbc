using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>The connector's router: folded task tokens, logits, and the four kinds of routing weights.</content>
public abstract partial class DeviceSuite<TFixture>
{
    public static TheoryData<RouterShape, ElementType> RouterShapes => new()
    {
        { new RouterShape(Experts: 5, TaskColumns: 33, TokenColumns: 47, TaskTokens: 1, TokensPerImage: 9, Images: 2), ElementType.F32 },
        { new RouterShape(Experts: 5, TaskColumns: 33, TokenColumns: 47, TaskTokens: 1, TokensPerImage: 9, Images: 2), ElementType.F16 },
        { new RouterShape(Experts: 5, TaskColumns: 33, TokenColumns: 47, TaskTokens: 1, TokensPerImage: 9, Images: 2), ElementType.BF16 },
        { new RouterShape(Experts: 5, TaskColumns: 33, TokenColumns: 47, TaskTokens: 1, TokensPerImage: 9, Images: 2), ElementType.F64 },
        { new RouterShape(Experts: 5, TaskColumns: 32, TokenColumns: 47, TaskTokens: 1, TokensPerImage: 9, Images: 2), ElementType.I8 },
        { new RouterShape(Experts: 5, TaskColumns: 64, TokenColumns: 33, TaskTokens: 1, TokensPerImage: 9, Images: 2), ElementType.U8 },
        { new RouterShape(Experts: 4, TaskColumns: 35, TokenColumns: 0, TaskTokens: 2, TokensPerImage: 5, Images: 2), ElementType.U8 },
        { new RouterShape(Experts: 3, TaskColumns: 10, TokenColumns: 131, TaskTokens: 4, TokensPerImage: 11, Images: 3), ElementType.F32 },
        { new RouterShape(Experts: 1, TaskColumns: 1, TokenColumns: 1, TaskTokens: 1, TokensPerImage: 1, Images: 1), ElementType.F32 },
        { new RouterShape(Experts: 7, TaskColumns: 0, TokenColumns: 66, TaskTokens: 1, TokensPerImage: 4, Images: 2), ElementType.F32 },
        { new RouterShape(Experts: 4, TaskColumns: 35, TokenColumns: 0, TaskTokens: 2, TokensPerImage: 5, Images: 2), ElementType.F32 },
        { new RouterShape(Experts: 4, TaskColumns: 3, TokenColumns: 5, TaskTokens: 1, TokensPerImage: 4, Images: 0), ElementType.F32 },
    };

    [Theory]
    [MemberData(nameof(RouterShapes))]
    public void Soft_weights_are_normalized_sigmoids_of_the_unfolded_logits(RouterShape shape, ElementType type)
    {
        RouterCase router = Case(new Random(61), shape, type);

        AssertClose(ExpectedConnector.Soft(router.ExpectedLogits(input => Fixture.Operands(input, type))), Route(router, new RouterOptions(RouterKind.Soft)));
    }

    [Theory]
    [MemberData(nameof(RouterShapes))]
    public void Sparse_weights_are_a_softmax_over_the_largest_logits(RouterShape shape, ElementType type)
    {
        RouterCase router = Case(new Random(62), shape, type);
        for (int topK = 1; topK <= shape.Experts; topK++)
        {
            float[,] weights = Route(router, new RouterOptions(RouterKind.Sparse, topK));

            Bounded[,] logits = router.ExpectedLogits(input => Fixture.Operands(input, type));
            for (int row = 0; row < shape.Rows; row++)
            {
                Bounded[] own = logits.Rows(row).Flat().ToArray();
                float[] given = weights.Rows(row).Flat().ToArray();
                int[] kept = [.. Enumerable.Range(0, own.Length).Where(e => given[e] != 0)];
                Assert.Equal(topK, kept.Length);
                AssertLargest(own, kept);
                var expected = new Bounded[1, own.Length];
                ExpectedConnector.Sparse(own, kept).CopyTo(expected.Flat());
                AssertClose(expected, weights.Rows(row));
            }
        }
    }

    [Fact]
    public void Among_equal_logits_the_lower_experts_are_kept()
    {
        var zeros = new float[6 * 8];
        float[] bias = [1, 2, 1, 2, 2, 0];
        using RouterWeights weights = Device.LoadRouter(
            HostTensor.FromArray(new float[8 * 3], 8, 3), HostTensor.FromArray(new float[8], 1, 8), HostTensor.FromArray(zeros, 6, 8), HostTensor.FromArray(bias, 1, 6), 1);
        DeviceMatrix output = Output(2, 6);

        Device.Router(weights, new RouterOptions(RouterKind.Sparse, 2), Input(new float[2, 2]), 2, Input(new float[1, 8]), output.Tensor);

        Matrices.AssertSameBits(new[,] { { 0, 0.5f, 0, 0.5f, 0, 0 }, { 0, 0.5f, 0, 0.5f, 0, 0 } }, output.Read());
    }

    [Theory]
    [InlineData(RouterKind.Soft)]
    [InlineData(RouterKind.Sparse)]
    public void NaN_in_a_token_shows_in_its_weights_and_in_no_other(RouterKind kind)
    {
        var shape = new RouterShape(Experts: 5, TaskColumns: 8, TokenColumns: 21, TaskTokens: 1, TokensPerImage: 6, Images: 1);
        RouterCase router = Case(new Random(63), shape, ElementType.F32);
        float[,] clean = Route(router, new RouterOptions(kind, 2));

        float[,] weights = Route(router with { Tokens = router.Tokens.WithRow(4, float.NaN) }, new RouterOptions(kind, 2));

        for (int row = 0; row < 6; row++)
        {
            if (row == 4)
                Assert.Contains(weights.Rows(row).Flat().ToArray(), float.IsNaN);
            else
                Matrices.AssertSameBits(clean.Rows(row), weights.Rows(row));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_NaN_logit_is_not_hidden_by_the_choice_of_the_largest(int expert)
    {
        var bias = new float[] { 0, 1, 2, 3, 4 };
        bias[expert] = float.NaN;
        using RouterWeights weights = Device.LoadRouter(
            HostTensor.FromArray(new float[8 * 3], 8, 3), HostTensor.FromArray(new float[8], 1, 8), HostTensor.FromArray(new float[5 * 8], 5, 8), HostTensor.FromArray(bias, 1, 5), 1);
        DeviceMatrix output = Output(1, 5);

        Device.Router(weights, new RouterOptions(RouterKind.Sparse, 2), Input(new float[1, 2]), 1, Input(new float[1, 8]), output.Tensor);

        Assert.Contains(output.Read().Flat().ToArray(), float.IsNaN);
    }

    [Theory]
    [InlineData(RouterKind.Soft)]
    [InlineData(RouterKind.Sparse)]
    public void A_routed_token_has_the_same_bits_alone_in_company_and_for_parallel_callers(RouterKind kind)
    {
        var shape = new RouterShape(Experts: 5, TaskColumns: 8, TokenColumns: 77, TaskTokens: 1, TokensPerImage: 1, Images: 12);
        RouterCase router = Case(new Random(64), shape, ElementType.F16);

        AssertRowsAreIndependent(router.Tokens, tokens => Route(router with { Tokens = tokens }, new RouterOptions(kind, 3)));
        AssertParallelCallersAgree(() => Route(router, new RouterOptions(kind, 3)));
    }

    [Theory]
    [MemberData(nameof(RouterShapes))]
    public void Several_tasks_of_the_same_tokens_are_routed_with_the_bits_that_each_has_alone(RouterShape shape, ElementType type)
    {
        var random = new Random(66);
        RouterCase router = Case(random, shape, type);
        RouterCase[] tasks = [.. Enumerable.Range(0, 3).Select(_ => router with { TaskTokens = RandomValues.Matrix(random, shape.TaskTokens, shape.TaskColumns, 3) })];
        foreach (RouterOptions options in new[] { new RouterOptions(RouterKind.Soft), new RouterOptions(RouterKind.Sparse, shape.Experts), new RouterOptions(RouterKind.Sparse, 1) })
        {
            DeviceMatrix folded = Output(tasks.Length * shape.TaskTokens, shape.Hidden);
            DeviceMatrix routing = Output(tasks.Length * shape.Rows, shape.Experts);
            for (int task = 0; task < tasks.Length; task++)
                Device.FoldTask(router.Weights, Input(tasks[task].TaskTokens), folded.Tensor.Slice(task * shape.TaskTokens, shape.TaskTokens));
            if (shape.Rows > 0)
                Device.Router(router.Weights, options, Input(router.Tokens), shape.TokensPerImage, folded.Tensor, routing.Tensor);

            float[,] together = routing.Read();
            for (int task = 0; task < tasks.Length; task++)
                Matrices.AssertSameBits(Route(tasks[task], options), together.Range(task * shape.Rows, shape.Rows));
        }
    }

    [Fact]
    public void Hard_routing_gives_everything_to_one_expert()
    {
        DeviceMatrix output = Output(3, 4);

        Device.Router(null, new RouterOptions(RouterKind.Hard, Expert: 2), Input(new float[3, 7]), 3, null, output.Tensor);

        Matrices.AssertSameBits(new float[,] { { 0, 0, 1, 0 }, { 0, 0, 1, 0 }, { 0, 0, 1, 0 } }, output.Read());
    }

    [Fact]
    public void Constant_routing_gives_every_expert_the_same()
    {
        DeviceMatrix output = Output(2, 3);

        Device.Router(null, new RouterOptions(RouterKind.Constant), Input(new float[2, 7]), 1, null, output.Tensor);

        Matrices.AssertSameBits(new[,] { { 1 / 3f, 1 / 3f, 1 / 3f }, { 1 / 3f, 1 / 3f, 1 / 3f } }, output.Read());
    }

    [Fact]
    public void Options_and_shapes_that_do_not_fit_are_refused()
    {
        var shape = new RouterShape(Experts: 5, TaskColumns: 3, TokenColumns: 4, TaskTokens: 2, TokensPerImage: 3, Images: 2);
        RouterWeights weights = Case(new Random(65), shape, ElementType.F32).Weights;
        int hidden = shape.Hidden;
        var soft = new RouterOptions(RouterKind.Soft);

        Refused(() => Device.Router(null, soft, Any(6, 4), 3, Any(2, hidden), Any(6, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, null, Any(6, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 0, Any(2, hidden), Any(6, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 4, Any(2, hidden), Any(6, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(0, hidden), Any(6, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(2, hidden + 1), Any(6, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 5), 3, Any(2, hidden), Any(6, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(2, hidden), Any(6, 4)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(2, hidden), Any(5, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(2, hidden), Any(0, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(4, hidden), Any(13, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(3, hidden), Any(12, 5)));
        Refused(() => Device.Router(weights, soft, Any(6, 4), 3, Any(1, hidden), Any(12, 5)));
        Refused(() => Device.Router(weights, new RouterOptions(RouterKind.Sparse, 0), Any(6, 4), 3, Any(2, hidden), Any(6, 5)));
        Refused(() => Device.Router(weights, new RouterOptions(RouterKind.Sparse, 6), Any(6, 4), 3, Any(2, hidden), Any(6, 5)));
        Refused(() => Device.Router(null, new RouterOptions(RouterKind.Hard, Expert: 5), Any(6, 4), 3, null, Any(6, 5)));
        Refused(() => Device.Router(null, new RouterOptions(RouterKind.Hard, Expert: -1), Any(6, 4), 3, null, Any(6, 5)));
        Refused(() => Device.FoldTask(weights, Any(2, 4), Any(2, hidden)));
        Refused(() => Device.FoldTask(weights, Any(2, 3), Any(1, hidden)));
        Refused(() => Device.FoldTask(weights, Any(2, 3), Any(2, hidden + 1)));
    }

    [Fact]
    public void Layers_that_do_not_fit_are_refused()
    {
        HostTensor fc1 = HostTensor.FromArray(new float[8 * 3], 8, 3);
        HostTensor fc1Bias = HostTensor.FromArray(new float[8], 1, 8);
        HostTensor fc2 = HostTensor.FromArray(new float[5 * 8], 5, 8);
        HostTensor fc2Bias = HostTensor.FromArray(new float[5], 1, 5);

        Device.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, 3).Dispose();
        Refused(() => Device.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, 4));
        Refused(() => Device.LoadRouter(fc1, fc1Bias, fc2, fc2Bias, -1));
        Refused(() => Device.LoadRouter(fc1, fc2Bias, fc2, fc2Bias, 1));
        Refused(() => Device.LoadRouter(fc1, fc1Bias, fc2, fc1Bias, 1));
        Refused(() => Device.LoadRouter(fc1, fc1Bias, fc1, fc2Bias, 1));
        Refused(() => Device.LoadRouter(fc1, fc1Bias, new HostTensor(fc2.Address, ElementType.U8, 5, 8, 8, fc2.Owner), fc2Bias, 1));
        HostTensor quantized = new StoredMatrix(new Random(67), 8, 70, ElementType.I8).Tensor;
        Device.LoadRouter(quantized, fc1Bias, fc2, fc2Bias, 32).Dispose();
        Refused(() => Device.LoadRouter(quantized, fc1Bias, fc2, fc2Bias, 31));
    }

    /// <summary>No expert that was left out has a larger logit than one that was kept. Where two are closer than what the device rounds off, either may be kept.</summary>
    private void AssertLargest(Bounded[] logits, int[] kept)
    {
        foreach (int expert in kept)
        {
            foreach (int other in Enumerable.Range(0, logits.Length).Except(kept))
                Assert.True(logits[other].Value - logits[expert].Value <= Fixture.Tolerance * (logits[other].Magnitude + logits[expert].Magnitude), $"Expert {expert} was kept, {other} was not.");
        }
    }

    private RouterCase Case(Random random, RouterShape shape, ElementType type) => RouterCase.Create(Device, random, shape, type, Own);

    private float[,] Route(RouterCase router, RouterOptions options)
    {
        DeviceMatrix folded = Output(router.Shape.TaskTokens, router.Shape.Hidden);
        DeviceMatrix routing = Output(router.Tokens.GetLength(0), router.Shape.Experts);
        Device.FoldTask(router.Weights, Input(router.TaskTokens), folded.Tensor);
        Device.Router(router.Weights, options, Input(router.Tokens), router.Shape.TokensPerImage, folded.Tensor, routing.Tensor);
        return routing.Read();
    }
}
