namespace UniMed.Native.Cuda;

/// <summary>Linear layers and norms: native/cuda/linear/linear.cu and quantized.cu, native/cuda/norm/norms.cu.</summary>
internal sealed partial class CudaDevice
{
    private const int SwiGluEpilogue = 2;

    /// <inheritdoc/>
    public override void LayerNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = Own<CudaNormWeights>(weights);
        CudaMemory bias = own.Bias ?? throw new ArgumentException("A layer norm needs a bias; these weights have none.", nameof(weights));
        Require.Shape(input, input.Rows, own.Columns, nameof(input));
        Require.Shape(output, input.Rows, own.Columns, nameof(output));
        DevicePointer from = At(input);
        DevicePointer to = At(output);
        if (input.Rows == 0)
            return;
        CudaLaunch launch = Begin("layer_norm", new CudaLaunchShape(input.Rows, 256));
        launch.Add(from);
        launch.Add(own.Weight.Pointer);
        launch.Add(bias.Pointer);
        launch.Add(to);
        launch.Add(own.Columns);
        launch.Add(eps);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void RmsNorm(NormWeights weights, Tensor input, float eps, Tensor output)
    {
        var own = Own<CudaNormWeights>(weights);
        Require.Shape(input, input.Rows, own.Columns, nameof(input));
        Require.Shape(output, input.Rows, own.Columns, nameof(output));
        DevicePointer from = At(input);
        DevicePointer to = At(output);
        if (input.Rows == 0)
            return;
        CudaLaunch launch = Begin("rms_norm", new CudaLaunchShape(input.Rows, 256));
        launch.Add(from);
        launch.Add(own.Weight.Pointer);
        launch.Add(to);
        launch.Add(own.Columns);
        launch.Add(eps);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void Linear(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        var own = Own<CudaLinearWeights>(weights);
        Require.Shape(input, input.Rows, own.Matrix.Columns, nameof(input));
        Require.Shape(output, input.Rows, own.Matrix.Rows, nameof(output));
        if (residual is { } given)
            Require.Shape(given, input.Rows, own.Matrix.Rows, nameof(residual));
        Product(own.Matrix, own.Bias?.Pointer ?? DevicePointer.Null, At(input), residual is { } r ? At(r) : DevicePointer.Null, At(output), input.Rows, (int)activation);
    }

    /// <inheritdoc/>
    public override void SwiGlu(GatedWeights weights, Tensor input, Tensor output)
    {
        var own = Own<CudaGatedWeights>(weights);
        Require.Shape(input, input.Rows, own.Matrix.Columns, nameof(input));
        Require.Shape(output, input.Rows, own.Matrix.Rows, nameof(output));
        Product(own.Matrix, DevicePointer.Null, At(input), DevicePointer.Null, At(output), input.Rows, SwiGluEpilogue);
    }

    /// <summary>Chooses the kernel for the number of tokens; all give a token the same bits.</summary>
    private void Product(CudaMatrix matrix, DevicePointer bias, DevicePointer input, DevicePointer residual, DevicePointer output, int tokens, int epilogue)
    {
        if (tokens == 0 || matrix.Rows == 0)
            return;
        (LinearWidth width, CudaLaunchShape shape) = tokens switch
        {
            <= 8 => (LinearWidth.Tokens8, new CudaLaunchShape(1, 256, matrix.Tiles)),
            <= 16 => (LinearWidth.Tokens16, new CudaLaunchShape(1, 256, matrix.Tiles)),
            <= 32 => (LinearWidth.Tokens32, new CudaLaunchShape(1, 256, matrix.Tiles)),
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
    }
}
