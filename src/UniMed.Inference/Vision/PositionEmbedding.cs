namespace UniMed.Inference.Vision;

/// <summary>Fits a learned position embedding to another number of patches.</summary>
/// <remarks>
/// The class position is kept; the square grid is resized as torch.nn.functional.interpolate(mode='bicubic', align_corners=False) does: a = -0.75, no antialiasing,
/// neighbours outside the grid are the nearest inside. Source: the authors' interpolate_pos_embed.
/// </remarks>
internal static class PositionEmbedding
{
    private const float A = -0.75f;

    /// <summary>Interpolates.</summary>
    /// <param name="source">[1 + from * from, channels], class position first.</param>
    /// <param name="from">Patches on a side of the source.</param>
    /// <param name="to">Patches on a side of the result.</param>
    /// <param name="channels">Channels.</param>
    /// <returns>[1 + to * to, channels].</returns>
    public static float[] Interpolate(ReadOnlySpan<float> source, int from, int to, int channels)
    {
        var result = new float[(1 + (to * to)) * channels];
        if (from == to)
        {
            source.CopyTo(result);
            return result;
        }

        source[..channels].CopyTo(result);
        ReadOnlySpan<float> grid = source[channels..];
        float scale = (float)from / to;
        Span<float> weightsY = stackalloc float[4];
        Span<float> weightsX = stackalloc float[4];
        for (int y = 0; y < to; y++)
        {
            int top = Weights(y, scale, weightsY);
            for (int x = 0; x < to; x++)
            {
                int left = Weights(x, scale, weightsX);
                Span<float> sum = result.AsSpan((1 + (y * to) + x) * channels, channels);
                for (int i = 0; i < 4; i++)
                {
                    int row = Math.Clamp(top + i, 0, from - 1);
                    for (int j = 0; j < 4; j++)
                    {
                        int column = Math.Clamp(left + j, 0, from - 1);
                        float weight = weightsY[i] * weightsX[j];
                        ReadOnlySpan<float> token = grid.Slice(((row * from) + column) * channels, channels);
                        for (int c = 0; c < channels; c++)
                            sum[c] += weight * token[c];
                    }
                }
            }
        }

        return result;
    }

    /// <summary>The four cubic weights around a target position; returns the index of the first neighbour.</summary>
    private static int Weights(int target, float scale, Span<float> weights)
    {
        float position = (scale * (target + 0.5f)) - 0.5f;
        float floor = MathF.Floor(position);
        float t = position - floor;
        weights[0] = Far(t + 1);
        weights[1] = Near(t);
        weights[2] = Near(1 - t);
        weights[3] = Far(2 - t);
        return (int)floor - 1;
    }

    private static float Near(float x) => (((((A + 2) * x) - (A + 3)) * x) * x) + 1;

    private static float Far(float x) => (((((A * x) - (5 * A)) * x) + (8 * A)) * x) - (4 * A);
}
