namespace UniMed.GpuBench.Checks;

/// <summary>How far two results are apart.</summary>
internal static class Difference
{
    /// <summary>The largest difference, each in units of its row's root mean square; NaN where a number is NaN.</summary>
    public static double Largest(float[] expected, float[] actual, int columns)
    {
        double largest = 0;
        for (int row = 0; row < expected.Length; row += columns)
        {
            double squares = 0;
            double error = 0;
            for (int i = row; i < row + columns; i++)
            {
                squares += (double)expected[i] * expected[i];
                // Math.Max keeps NaN.
                error = Math.Max(error, Math.Abs((double)actual[i] - expected[i]));
            }

            largest = Math.Max(largest, error / Math.Max(Math.Sqrt(squares / columns), float.Epsilon));
        }

        return largest;
    }

    /// <summary>How many numbers differ in any bit.</summary>
    public static int Bits(float[] first, float[] second)
    {
        int differing = Math.Abs(first.Length - second.Length);
        for (int i = 0; i < Math.Min(first.Length, second.Length); i++)
            differing += BitConverter.SingleToInt32Bits(first[i]) == BitConverter.SingleToInt32Bits(second[i]) ? 0 : 1;
        return differing;
    }
}
