namespace UniMed.Native.Cpu;

/// <summary>2 x 2 pooling of the patch grid. Shapes: [images, grid, grid, channels] -> [images, grid / 2, grid / 2, channels].</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public unsafe void Pool(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grid);
        int half = grid / 2;
        int channels = input.Columns;
        long images = input.Rows / ((long)grid * grid);
        Require.Shape(input, images * grid * grid, channels, nameof(input));
        Require.Shape(output, images * half * half, channels, nameof(output));
        float* from = Data(input);
        float* to = Data(output);
        for (int row = 0; row < output.Rows; row++)
        {
            int image = row / (half * half);
            int y = row / half % half * 2;
            int x = row % half * 2;
            float* topLeft = from + (((((long)image * grid) + y) * grid) + x) * channels;
            float* bottomLeft = topLeft + ((long)grid * channels);
            for (int c = 0; c < channels; c++)
            {
                float a = topLeft[c];
                float b = topLeft[channels + c];
                float d = bottomLeft[c];
                float e = bottomLeft[channels + c];
                to[((long)row * channels) + c] = kind == PoolKind.Average ? (a + b + d + e) / 4 : MathF.Max(MathF.Max(a, b), MathF.Max(d, e));
            }
        }

        KeepAlive(input, output);
    }
}
