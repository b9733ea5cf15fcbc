using ILGPU;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>Router and experts: products and <see cref="ConnectorKernels"/>.</summary>
internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void FoldTaskCore(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = (PackedRouter)weights;
        Product(own.Task, Arguments(own.Task, own.Fc1Bias, At(taskTokens), At(folded), taskTokens.Rows), 1);
    }

    /// <inheritdoc/>
    protected override void FixedRoutingCore(RouterOptions options, Tensor tokens, Tensor routingWeights)
    {
        ArrayView<float> to = At(routingWeights);
        RoutingWeights(to, to, routingWeights.Rows, routingWeights.Columns, options.Kind, options.Expert);
    }

    /// <inheritdoc/>
    protected override void RouterCore(RouterWeights weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor folded, int tasks, Tensor routingWeights)
    {
        var own = (PackedRouter)weights;
        int experts = own.Experts;
        int hidden = own.Hidden;
        int foldedRows = folded.Rows / tasks;
        ArrayView<float> from = At(tokens);
        int rows = tokens.Rows;
        using IlgpuMemory product = Take((long)rows * hidden * sizeof(float));
        using IlgpuMemory first = Take((long)rows * hidden * sizeof(float));
        using IlgpuMemory logits = Take((long)tasks * rows * experts * sizeof(float));
        Product(own.Token, Arguments(own.Token, null, from, product.View<float>(), rows), 1);
        for (int task = 0; task < tasks; task++)
        {
            Launch(
                _kernels.RouterHidden,
                new Index3D(rows, 1, 1),
                new RouterHiddenArguments
                {
                    Product = product.View<float>(),
                    Folded = At(folded.Slice(task * foldedRows, foldedRows)),
                    Hidden = first.View<float>(),
                    Columns = hidden,
                    TokensPerImage = tokensPerImage,
                    FoldedRows = foldedRows,
                });
            Product(own.Fc2, Arguments(own.Fc2, own.Fc2Bias, first.View<float>(), logits.View<float>().SubView((long)task * rows * experts, (long)rows * experts), rows), 1);
        }

        RoutingWeights(logits.View<float>(), At(routingWeights), tasks * rows, experts, options.Kind, options.TopK);
    }

    /// <inheritdoc/>
    protected override void ExpertProjectionCore(ExpertWeights weights, Tensor tokens, Tensor routingWeights, int tasks, Tensor output)
    {
        var own = (PackedExperts)weights;
        int rows = tokens.Rows;
        ArrayView<float> from = At(tokens);
        ArrayView<float> routing = At(routingWeights);
        ArrayView<float> to = At(output);
        using IlgpuMemory parts = Take((long)own.Experts * rows * own.OutFeatures * sizeof(float));
        if (own.Second is null)
        {
            Product(own.First, OfExperts(Arguments(own.First, own.FirstBias, from, parts.View<float>(), rows), routing, tasks, own.Experts), own.Experts);
        }
        else
        {
            using IlgpuMemory hidden = Take((long)own.Experts * rows * own.First.Rows * sizeof(float));
            LinearArguments first = OfExperts(Arguments(own.First, own.FirstBias, from, hidden.View<float>(), rows), routing, tasks, own.Experts);
            first.Activation = (int)Activation.Gelu;
            Product(own.First, first, own.Experts);
            LinearArguments second = OfExperts(Arguments(own.Second, own.SecondBias, hidden.View<float>(), parts.View<float>(), rows), routing, tasks, own.Experts);
            second.InputOfExpert = 1;
            Product(own.Second, second, own.Experts);
        }

        Launch(
            _kernels.WeightedSum,
            new Index3D(rows, tasks, 1),
            new RoutingArguments { Logits = routing, Routing = routing, Parts = parts.View<float>(), Output = to, Rows = rows, Experts = own.Experts, Columns = own.OutFeatures });
    }

    private static LinearArguments OfExperts(LinearArguments arguments, ArrayView<float> routing, int tasks, int experts)
    {
        arguments.Routing = routing;
        arguments.Tasks = tasks;
        arguments.Experts = experts;
        return arguments;
    }

    private void RoutingWeights(ArrayView<float> logits, ArrayView<float> routing, int rows, int experts, RouterKind kind, int choice)
    {
        Launch(
            _kernels.RoutingWeights,
            new Index3D(Math.Min(64, Blocks(rows, _kernels.Threads)), 1, 1),
            new RoutingArguments { Logits = logits, Routing = routing, Parts = logits, Output = routing, Rows = rows, Experts = experts, Kind = (int)kind, Choice = choice });
    }
}
