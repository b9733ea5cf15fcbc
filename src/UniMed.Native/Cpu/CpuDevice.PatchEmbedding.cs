using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// Patch embedding. Shapes: pixels [images, 3, side, side] -> tokens [images * (1 + grid^2), channels]. Work: 2 * images * grid^2 * 3 * patch^2 * channels FLOP. Patches are
/// laid out as rows first; positions enter as residuals.
/// </summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    protected override unsafe void PatchEmbeddingCore(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        var own = (InPlacePatchEmbedding<CpuMatrix>)weights;
        int channels = own.Matrix.Rows;
        int patches = own.Grid * own.Grid;
        int side = own.Grid * own.PatchSize;
        int stride = Kernels.PadColumns(own.Matrix.Columns);
        float* rows = Scratch.Of(Scratch.Picked, (long)patches * stride);
        for (int image = 0; image < pixels.Rows; image++)
        {
            float* tokens = Data(output) + ((nint)image * (1 + patches) * channels);
            for (int c = 0; c < channels; c++)
                tokens[c] = own.ClassToken.Data[c] + own.Positions.Data[c];
            GatherPatches(Data(pixels) + ((nint)image * pixels.Columns), side, own.PatchSize, own.Grid, rows, stride);
            var job = new LinearJob
            {
                Matrix = own.Matrix,
                Plan = new WorkPlan(own.Matrix, patches, _team.Threads),
                Input = Activations(own.Matrix, rows, patches, stride),
                Bias = own.Bias.Data,
                BiasPeriod = 1,
                BiasCount = 1,
                Residual = own.Positions.Data + channels,
                Output = tokens + channels,
                OutputStride = channels,
            };
            Run(job.Plan.Units, (long)channels * patches * own.Matrix.Columns, &LinearUnit, &job);
        }
    }

    /// <summary>Row p holds patch p in the order of the convolution's weight: input channel, row, column; zeros behind it.</summary>
    private static unsafe void GatherPatches(float* image, int side, int patchSize, int grid, float* rows, int stride)
    {
        for (int patch = 0; patch < grid * grid; patch++)
        {
            float* to = rows + ((nint)patch * stride);
            for (int channel = 0; channel < 3; channel++)
            {
                for (int y = 0; y < patchSize; y++, to += patchSize)
                {
                    nint line = (((((nint)channel * side) + (patch / grid * patchSize) + y) * side) + (patch % grid * patchSize));
                    new Span<float>(image + line, patchSize).CopyTo(new Span<float>(to, patchSize));
                }
            }

            new Span<float>(to, stride - (3 * patchSize * patchSize)).Clear();
        }
    }
}
