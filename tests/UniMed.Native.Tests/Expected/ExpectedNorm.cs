namespace UniMed.Native.Tests.Expected;

/// <summary>Layer norm and RMS norm of each row.</summary>
public static class ExpectedNorm
{
    public static Bounded[,] Layer(float[] weight, float[] bias, float[,] input, float eps)
    {
        int columns = input.GetLength(1);
        var output = new Bounded[input.GetLength(0), columns];
        for (int row = 0; row < input.GetLength(0); row++)
        {
            int r = row;
            Bounded mean = Bounded.Sum(Enumerable.Range(0, columns).Select(c => (Bounded)input[r, c])) / columns;
            Bounded variance = Bounded.Sum(Enumerable.Range(0, columns).Select(c => (input[r, c] - mean) * (input[r, c] - mean))) / columns;
            Bounded deviation = Bounded.Sqrt(variance + eps);
            for (int c = 0; c < columns; c++)
                output[row, c] = ((input[row, c] - mean) / deviation * weight[c]) + bias[c];
        }

        return output;
    }

    public static Bounded[,] RootMeanSquare(float[] weight, float[,] input, float eps)
    {
        int columns = input.GetLength(1);
        var output = new Bounded[input.GetLength(0), columns];
        for (int row = 0; row < input.GetLength(0); row++)
        {
            int r = row;
            Bounded square = Bounded.Sum(Enumerable.Range(0, columns).Select(c => (Bounded)((double)input[r, c] * input[r, c]))) / columns;
            Bounded root = Bounded.Sqrt(square + eps);
            for (int c = 0; c < columns; c++)
                output[row, c] = input[row, c] / root * weight[c];
        }

        return output;
    }
}
