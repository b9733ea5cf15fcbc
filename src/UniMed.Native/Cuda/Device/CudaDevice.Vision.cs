namespace UniMed.Native.Cuda;

/// <summary>The vision transformer's own operations: native/cuda/vision.</summary>
internal sealed partial class CudaDevice
{
    private const int LargestVisionHead = 128;

    /// <inheritdoc/>
    public override void PatchEmbedding(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        var own = Own<CudaPatchEmbeddingWeights>(weights);
        int channels = own.Matrix.Rows;
        long patches = (long)own.Grid * own.Grid;
        long side = (long)own.Grid * own.PatchSize;
        Require.Shape(pixels, pixels.Rows, 3 * side * side, nameof(pixels));
        Require.Shape(output, pixels.Rows * (1 + patches), channels, nameof(output));
        DevicePointer from = At(pixels);
        DevicePointer to = At(output);
        if (pixels.Rows == 0)
            return;
        CudaLaunch launch = Begin(own.Matrix.Kernel("patch_embedding"), new CudaLaunchShape(Blocks(pixels.Rows * patches, 32), 128, Blocks(channels, 64)));
        launch.Add(own.Matrix.Pointer);
        launch.Add(own.Bias.Pointer);
        launch.Add(own.ClassToken.Pointer);
        launch.Add(own.Positions.Pointer);
        launch.Add(from);
        launch.Add(to);
        launch.Add(pixels.Rows);
        launch.Add(channels);
        launch.Add(own.PatchSize);
        launch.Add(own.Grid);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void VisionAttention(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        int headDim = output.Columns / heads;
        if (headDim * heads != output.Columns || headDim == 0)
            throw new ArgumentException($"{output.Columns} channels do not split into {heads} heads.", nameof(heads));
        if (headDim > LargestVisionHead)
            throw new ArgumentException($"The CUDA device's vision attention takes heads of up to {LargestVisionHead} channels, not {headDim}.", nameof(heads));
        Require.Shape(qkv, output.Rows, 3L * output.Columns, nameof(qkv));
        Require.Offsets(rowOffsets, output.Rows, nameof(rowOffsets));
        DevicePointer from = At(qkv);
        DevicePointer to = At(output);
        int longest = 0;
        for (int image = 0; image + 1 < rowOffsets.Length; image++)
            longest = Math.Max(longest, rowOffsets[image + 1] - rowOffsets[image]);
        if (longest == 0)
            return;
        using CudaScratch offsets = SendIntegers(rowOffsets);
        CudaLaunch launch = Begin(headDim <= 96 ? "vision_attention_96" : "vision_attention_128", new CudaLaunchShape(Blocks(longest, 64), 128, heads, rowOffsets.Length - 1));
        launch.Add(from);
        launch.Add(offsets.Pointer);
        launch.Add(to);
        launch.Add(heads);
        launch.Add(headDim);
        Run(launch);
    }

    /// <inheritdoc/>
    public override void Pool(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        Require.Pool(input, grid, output);
        DevicePointer from = At(input);
        DevicePointer to = At(output);
        if (output.Rows == 0)
            return;
        CudaLaunch launch = Begin("pool_2x2", new CudaLaunchShape(output.Rows, 256));
        launch.Add(from);
        launch.Add(to);
        launch.Add(grid);
        launch.Add(input.Columns);
        launch.Add((int)kind);
        Run(launch);
    }
}
