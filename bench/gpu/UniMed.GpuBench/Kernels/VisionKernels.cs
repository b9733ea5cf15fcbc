using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Native;

namespace UniMed.GpuBench.Kernels;

/// <summary>Kernels of the vision transformer, for one image.</summary>
internal static class VisionKernels
{
    private const float Epsilon = 1e-6f;

    /// <summary>Times them.</summary>
    public static void Time(KernelTimer timer, Device device, VisionConfig config, IReadOnlyList<SyntheticDtype> dtypes)
    {
        int width = config.EmbedDim;
        int patches = config.Grid * config.Grid;
        int rows = 1 + patches;
        int pixels = 3 * config.ImageSize * config.ImageSize;
        int patch = 3 * config.PatchSize * config.PatchSize;
        BenchNumbers numbers = timer.Numbers;
        using (var buffers = new BenchBuffers(device))
        {
            PatchEmbeddingWeights embedding = buffers.DisposeWithThis(device.LoadPatchEmbedding(
                numbers.Table(SyntheticDtype.F16, width, patch), numbers.Vector(width), numbers.Vector(width), numbers.Table(SyntheticDtype.F16, rows, width), config.PatchSize, config.Grid));
            NormWeights norm = buffers.DisposeWithThis(device.LoadNorm(numbers.Vector(width, 1), numbers.Vector(width)));
            Tensor image = buffers.Put(numbers.Activations(1, pixels), 1, pixels);
            Tensor tokens = buffers.Put(numbers.Activations(rows, width), rows, width);
            Tensor qkv = buffers.Put(numbers.Activations(rows, 3 * width), rows, 3 * width);
            Tensor output = buffers.Empty(rows, width);
            timer.Time(
                "one image", () => device.PatchEmbedding(embedding, image, output), new KernelPart("patch_embedding", (2.0 * patch * width) + (4.0 * (pixels + (2 * rows * width))), 2.0 * patches * patch * width));
            timer.Time($"{rows} x {width}", () => device.LayerNorm(norm, tokens, Epsilon, output), new KernelPart("layer_norm", 8.0 * rows * width, 8.0 * rows * width));
            timer.Time(
                $"{rows} tokens, {config.NumHeads} heads of {width / config.NumHeads}",
                () => device.VisionAttention(qkv, config.NumHeads, [0, rows], output),
                new KernelPart("vision_attention", 16.0 * rows * width, 4.0 * rows * rows * width));
            timer.Time(
                $"{config.Grid} x {config.Grid} patches",
                () => device.Pool(tokens.Slice(1, patches), config.Grid, PoolKind.Average, output.Slice(0, config.Grid / 2 * (config.Grid / 2))),
                new KernelPart("pool_2x2", 5.0 * patches * width, patches * width));
        }

        foreach (SyntheticDtype dtype in dtypes)
        {
            LinearCase.Time(timer, device, "ViT qkv", dtype, width, 3 * width, [rows], withBias: true);
            LinearCase.Time(timer, device, "ViT proj + residual", dtype, width, width, [rows], withResidual: true, withBias: true);
            LinearCase.Time(timer, device, "ViT fc1 + GELU", dtype, width, config.MlpDim, [rows], Activation.Gelu, withBias: true);
            LinearCase.Time(timer, device, "ViT fc2 + residual", dtype, config.MlpDim, width, [rows], withResidual: true, withBias: true);
        }
    }
}
