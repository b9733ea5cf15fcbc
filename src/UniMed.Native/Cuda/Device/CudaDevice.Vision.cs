namespace UniMed.Native.Cuda;

/// <summary>The vision transformer's own operations: native/cuda/vision.</summary>
internal sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected override void PatchEmbeddingCore(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        var own = (PackedPatchEmbedding)weights;
        int channels = own.Channels;
        long patches = (long)own.Grid * own.Grid;
        DevicePointer from = At(pixels);
        DevicePointer to = At(output);
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
    protected override void VisionAttentionCore(Tensor qkv, int heads, ReadOnlySpan<int> rowOffsets, Tensor output)
    {
        int headDim = output.Columns / heads;
        RequireHead(headDim, nameof(heads));
        DevicePointer from = At(qkv);
        DevicePointer to = At(output);
        int longest = 0;
        for (int image = 0; image + 1 < rowOffsets.Length; image++)
            longest = Math.Max(longest, rowOffsets[image + 1] - rowOffsets[image]);
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
    protected override void PoolCore(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        DevicePointer from = At(input);
        DevicePointer to = At(output);
        CudaLaunch launch = Begin("pool_2x2", new CudaLaunchShape(output.Rows, 256));
        launch.Add(from);
        launch.Add(to);
        launch.Add(grid);
        launch.Add(input.Columns);
        launch.Add((int)kind);
        Run(launch);
    }
}
