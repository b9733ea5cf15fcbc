namespace UniMed.Native.Cuda;

/// <summary>Linear layers and norms: native/cuda/linear, native/cuda/norm/norms.cu.</summary>
internal sealed partial class CudaDevice
{
    private const int SwiGluEpilogue = 2;

    /// <inheritdoc/>
    protected override void LayerNormCore(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = (PackedNorm)weights;
        DevicePointer from = At(input);
        DevicePointer to = At(output);
        CudaLaunch launch = Begin("layer_norm", new CudaLaunchShape(input.Rows, 256));
        launch.Add(from);
        launch.Add(own.Weight.Pointer);
        launch.Add(own.Bias!.Pointer);
        launch.Add(to);
        launch.Add(own.Columns);
        launch.Add(eps);
        Run(launch);
    }

    /// <inheritdoc/>
    protected override void RmsNormCore(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = (PackedNorm)weights;
        DevicePointer from = At(input);
        DevicePointer to = At(output);
        CudaLaunch launch = Begin("rms_norm", new CudaLaunchShape(input.Rows, 256));
        launch.Add(from);
        launch.Add(own.Weight.Pointer);
        launch.Add(to);
        launch.Add(own.Columns);
        launch.Add(eps);
        Run(launch);
    }

    /// <inheritdoc/>
    protected override void LinearCore(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        var own = (PackedLinear)weights;
        Product(own.Matrix, own.Bias?.Pointer ?? DevicePointer.Null, At(input), residual is { } r ? At(r) : DevicePointer.Null, At(output), input.Rows, (int)activation);
    }

    /// <inheritdoc/>
    protected override void SwiGluCore(GatedWeights weights, Tensor input, Tensor output)
    {
        var own = (PackedGated)weights;
        Product(own.Matrix, DevicePointer.Null, At(input), DevicePointer.Null, At(output), input.Rows, SwiGluEpilogue);
    }

    /// <summary>Chooses the kernel for the number of tokens; all give a token the same bits.</summary>
    private void Product(CudaMatrix matrix, DevicePointer bias, DevicePointer input, DevicePointer residual, DevicePointer output, int tokens, int epilogue)
    {
        if (tokens > WideProduct.MaxNarrowTokens)
        {
            WideLaunches(matrix, bias, input, residual, output, tokens, epilogue);
            return;
        }

        (LinearWidth width, CudaLaunchShape shape) = tokens switch
        {
            <= 8 => (LinearWidth.Tokens8, Narrow(8)),
            <= 16 => (LinearWidth.Tokens16, Narrow(16)),
            _ => (LinearWidth.Tokens32, Narrow(32)),
        };
        CudaLaunch launch = Begin(matrix.LinearKernel(width), shape);
        launch.Add(matrix.Pointer);
        launch.Add(bias);
        launch.Add(input);
        launch.Add(residual);
        launch.Add(output);
        launch.Add(tokens);
        launch.Add(matrix.Columns);
        launch.Add(matrix.Rows);
        launch.Add(epilogue);
        Run(launch);

        CudaLaunchShape Narrow(int kernelTokens) => matrix.Format == WeightFormat.Plain
            ? new CudaLaunchShape(1, 256, matrix.Tiles)
            : QuantizedNarrowShape.Of(_driver.Properties, matrix.Tiles, matrix.Columns, tokens, kernelTokens);
    }

    /// <summary>The launches for many tokens (native/cuda/linear/wide.h): operands, the product, and the sum of its parts where K is split over blocks.</summary>
    private void WideLaunches(CudaMatrix matrix, DevicePointer bias, DevicePointer input, DevicePointer residual, DevicePointer output, int tokens, int epilogue)
    {
        WideProduct product = WideProduct.Choose(matrix.Format, tokens, matrix.Tiles, matrix.Columns, Math.Max(1, _driver.Properties.Multiprocessors));
        int stages = WideProduct.Stages(matrix.Columns);
        int tokenTiles = product.TokenTiles(tokens);
        int parts = product.Parts(matrix.Columns);
        using CudaScratch operands = Scratch(Math.Max(1, (long)stages * tokenTiles * 8 * 64 * sizeof(ushort)));
        using CudaScratch sums = parts == 0 ? default : Scratch((long)parts * tokenTiles * matrix.Tiles * 8 * 16 * sizeof(float));
        CudaLaunch round = Begin(matrix.OperandsKernel, new CudaLaunchShape(tokenTiles, 256, Math.Max(1, Blocks(stages, 4))));
        round.Add(input);
        round.Add(operands.Pointer);
        round.Add(tokens);
        round.Add(matrix.Columns);
        Run(round);
        CudaLaunch launch = Begin(
            matrix.LinearKernel(product.Width),
            new CudaLaunchShape(Blocks(tokens, product.BlockTokens), WideProduct.Threads, Blocks(matrix.Tiles, WideProduct.BlockTiles), product.Splits, product.SharedBytes));
        launch.Add(matrix.Pointer);
        launch.Add(bias);
        launch.Add(operands.Pointer);
        launch.Add(residual);
        launch.Add(output);
        launch.Add(sums.Pointer);
        launch.Add(tokens);
        launch.Add(matrix.Columns);
        launch.Add(matrix.Rows);
        launch.Add(epilogue);
        launch.Add(product.Splits);
        Run(launch);
        if (parts == 0)
            return;
        CudaLaunch sum = Begin("linear_sum", new CudaLaunchShape(Blocks(tokens, 8), 256, Blocks(matrix.Tiles, 8)));
        sum.Add(sums.Pointer);
        sum.Add(bias);
        sum.Add(residual);
        sum.Add(output);
        sum.Add(tokens);
        sum.Add(matrix.Rows);
        sum.Add(epilogue);
        sum.Add(tokenTiles);
        sum.Add(parts);
        Run(sum);
    }
}
