using ILGPU;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>Products and norms: <see cref="LinearKernels"/>, <see cref="NormKernels"/>.</summary>
internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void LayerNormCore(NormWeights weights, Tensor input, float eps, Tensor output) => Norm(_kernels.LayerNorm, (PackedNorm)weights, input, eps, output);

    /// <inheritdoc/>
    protected override void RmsNormCore(NormWeights weights, Tensor input, float eps, Tensor output) => Norm(_kernels.RmsNorm, (PackedNorm)weights, input, eps, output);

    /// <inheritdoc/>
    protected override void LinearCore(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        var own = (PackedLinear)weights;
        LinearArguments arguments = Arguments(own.Matrix, own.Bias, At(input), At(output), input.Rows);
        arguments.Activation = (int)activation;
        if (residual is { } added)
        {
            arguments.Residual = At(added);
            arguments.HasResidual = 1;
        }

        Product(own.Matrix, arguments, 1);
    }

    /// <inheritdoc/>
    protected override void SwiGluCore(GatedWeights weights, Tensor input, Tensor output)
    {
        var own = (PackedGated)weights;
        LinearArguments arguments = Arguments(own.Matrix, null, At(input), At(output), input.Rows);
        arguments.Gated = 1;
        Product(own.Matrix, arguments, 1);
    }

    private void Norm(IlgpuKernel<NormArguments> kernel, PackedNorm own, Tensor input, float eps, Tensor output)
    {
        var arguments = new NormArguments
        {
            Input = At(input),
            Weight = own.Weight.View<float>(),
            Bias = (own.Bias ?? own.Weight).View<float>(),
            Output = At(output),
            Columns = own.Columns,
            Eps = eps,
        };
        Launch(kernel, new Index3D(input.Rows, 1, 1), arguments);
    }

    /// <summary>A product without activation or residual. Views that it has no use for are its input, so that every kernel gets memory.</summary>
    private static LinearArguments Arguments(IlgpuMatrix matrix, IlgpuMemory? bias, ArrayView<float> input, ArrayView<float> output, int tokens) => new()
    {
        Words = matrix.Words,
        Scales = matrix.Scales,
        Bias = bias?.View<float>() ?? output,
        HasBias = bias is null ? 0 : 1,
        Input = input,
        Residual = output,
        Routing = output,
        Output = output,
        Rows = matrix.Rows,
        Columns = matrix.Columns,
        Tiles = WeightLayout.Tiles(matrix.Rows),
        Blocks = BlockQuantization.Blocks(matrix.Columns),
        SliceBlocks = Math.Max(1, Blocks(BlockQuantization.Blocks(matrix.Columns), LinearKernels.Slices)),
        Tokens = tokens,
    };

    /// <summary>Runs a product. Few tokens take the kernel that reads weights fastest, more the one that reads them once for 64; both give a token the same bits.</summary>
    private void Product(IlgpuMatrix matrix, LinearArguments arguments, int experts)
    {
        if (arguments.Tokens <= _kernels.MaxNarrowTokens)
            Launch(_kernels.LinearNarrow[(int)matrix.Format], new Index3D(arguments.Tiles, Blocks(arguments.Tokens, LinearKernels.NarrowTokens), experts), arguments);
        else
            Launch(_kernels.LinearWide[(int)matrix.Format], new Index3D(Blocks(matrix.Rows, _kernels.WideRows), Blocks(arguments.Tokens, _kernels.WideTokens), experts), arguments);
    }
}
