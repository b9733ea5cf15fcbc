namespace UniMed.Native.Cuda;

/// <summary>Linear layers and norms: native/cuda/linear/linear.cu and quantized.cu, native/cuda/norm/norms.cu.</summary>
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
        (LinearWidth width, CudaLaunchShape shape) = tokens switch
        {
            <= 8 => (LinearWidth.Tokens8, FewTokens(8)),
            <= 16 => (LinearWidth.Tokens16, FewTokens(16)),
            <= 32 => (LinearWidth.Tokens32, FewTokens(32)),
            // Wider row tiles pay once there are enough of them to keep the card busy.
            _ when matrix.Format == WeightFormat.Plain && matrix.Tiles >= 8 * Math.Max(1, _driver.Properties.Multiprocessors) => (LinearWidth.Rows128, new CudaLaunchShape(Blocks(tokens, 64), 128, Blocks(matrix.Tiles, 8))),
            _ => (LinearWidth.Rows64, new CudaLaunchShape(Blocks(tokens, 64), 128, Blocks(matrix.Tiles, 4))),
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

        CudaLaunchShape FewTokens(int most) => matrix.Format == WeightFormat.Plain
            ? new CudaLaunchShape(1, 256, matrix.Tiles)
            : FewTokensShape.Of(_driver.Properties, matrix.Tiles, matrix.Columns, tokens, most);
    }
}
