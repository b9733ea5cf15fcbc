namespace UniMed.Native.Host;

/// <summary>2 x 2 pooling of patch grids. Shapes: [images, grid, grid, channels] -> [images, grid / 2, grid / 2, channels].</summary>
internal static unsafe class Pooling
{
    /// <summary>Pools rows that were checked.</summary>
    public static void Run(float* from, int grid, int channels, PoolKind kind, float* to, int outputRows)
    {
        int half = grid / 2;
        for (int row = 0; row < outputRows; row++)
        {
            int image = row / (half * half);
            int y = row / half % half * 2;
            int x = row % half * 2;
            float* topLeft = from + ((((((long)image * grid) + y) * grid) + x) * channels);
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
    }
}
