namespace UniMed.Native.Tests.Expected;

/// <summary>Patch embedding and pooling, one output number at a time.</summary>
public static class ExpectedVision
{
    /// <summary>A convolution whose stride is its size, class token in front, position embedding added. Pixels are [images, 3 * side * side].</summary>
    public static Bounded[,] PatchEmbedding(float[,] weight, float[] bias, float[] classToken, float[,] positions, float[,] pixels, int patch, int grid)
    {
        int side = grid * patch;
        int tokens = 1 + (grid * grid);
        var output = new Bounded[pixels.GetLength(0) * tokens, bias.Length];
        for (int image = 0; image < pixels.GetLength(0); image++)
        {
            for (int channel = 0; channel < bias.Length; channel++)
            {
                output[image * tokens, channel] = (Bounded)classToken[channel] + positions[0, channel];
                for (int p = 0; p < grid * grid; p++)
                {
                    Bounded sum = Bounded.Sum(Products(weight, channel, pixels, image, side, patch, p / grid * patch, p % grid * patch));
                    output[(image * tokens) + 1 + p, channel] = sum + bias[channel] + positions[1 + p, channel];
                }
            }
        }

        return output;
    }

    /// <summary>2 x 2 windows, stride 2; an odd last row or column is left out.</summary>
    public static Bounded[,] Pool(float[,] input, int grid, PoolKind kind)
    {
        int half = grid / 2;
        int images = input.GetLength(0) / (grid * grid);
        var output = new Bounded[images * half * half, input.GetLength(1)];
        for (int image = 0; image < images; image++)
        {
            for (int y = 0; y < half; y++)
            {
                for (int x = 0; x < half; x++)
                {
                    for (int c = 0; c < input.GetLength(1); c++)
                    {
                        int channel = c;
                        int first = (((image * grid) + (2 * y)) * grid) + (2 * x);
                        double[] window = [.. new[] { first, first + 1, first + grid, first + grid + 1 }.Select(row => (double)input[row, channel])];
                        output[(((image * half) + y) * half) + x, c] = kind == PoolKind.Max ? window.Max() : Bounded.Sum(window.Select(value => (Bounded)value)) / 4.0;
                    }
                }
            }
        }

        return output;
    }

    private static IEnumerable<Bounded> Products(float[,] weight, int channel, float[,] pixels, int image, int side, int patch, int top, int left)
    {
        for (int input = 0; input < 3; input++)
        {
            for (int y = 0; y < patch; y++)
            {
                for (int x = 0; x < patch; x++)
                    yield return (double)weight[channel, (((input * patch) + y) * patch) + x] * pixels[image, (((input * side) + top + y) * side) + left + x];
            }
        }
    }
}
