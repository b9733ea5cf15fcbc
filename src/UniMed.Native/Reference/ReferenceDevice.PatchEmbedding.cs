using System.Buffers;
using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// Patch embedding. Shapes: pixels [images, 3, side, side] -> tokens [images * (1 + grid^2), channels].
/// Work: 2 * images * grid^2 * 3 * patch^2 * channels FLOP.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void PatchEmbeddingCore(PatchEmbeddingWeights weights, Tensor pixels, Tensor output)
    {
        var own = (InPlacePatchEmbedding<HostTensor>)weights;
        int channels = own.Channels;
        int patches = own.Grid * own.Grid;
        int side = own.Grid * own.PatchSize;
        int patchLength = 3 * own.PatchSize * own.PatchSize;

        float* to = Data(output);
        for (int image = 0; image < pixels.Rows; image++)
        {
            float* from = Data(pixels) + ((long)image * pixels.Columns);
            float* tokens = to + ((long)image * (1 + patches) * channels);
            for (int c = 0; c < channels; c++)
                tokens[c] = own.ClassToken[c] + own.Positions[c];

            float[] patchRows = ArrayPool<float>.Shared.Rent(patches * patchLength);
            try
            {
                GatherPatches(from, side, own.PatchSize, own.Grid, patchRows);
                fixed (float* rows = patchRows)
                {
                    MatrixRows.Product(own.Matrix, rows, patches, (channel, patch, value) =>
                        tokens[((1 + patch) * (long)channels) + channel] = value + own.Bias[channel] + own.Positions[((1 + patch) * channels) + channel]);
                }
            }
            finally
            {
                ArrayPool<float>.Shared.Return(patchRows);
            }
        }
    }

    /// <summary>Row p holds patch p in the order of the convolution's weight: input channel, row, column.</summary>
    private static unsafe void GatherPatches(float* image, int side, int patchSize, int grid, Span<float> rows)
    {
        int at = 0;
        for (int patch = 0; patch < grid * grid; patch++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                for (int y = 0; y < patchSize; y++)
                {
                    long line = ((((long)channel * side) + (patch / grid * patchSize) + y) * side) + (patch % grid * patchSize);
                    for (int x = 0; x < patchSize; x++)
                        rows[at++] = image[line + x];
                }
            }
        }
    }
}
