namespace UniMed.Native.Host;

/// <summary>Softmax in fp32, as torch computes it: the maximum is taken off, exponentials are summed in order.</summary>
internal static class Softmax
{
    public static void Apply(Span<float> values)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in values)
            largest = MathF.Max(largest, value);
        float sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.Exp(values[i] - largest);
            sum += values[i];
        }

        for (int i = 0; i < values.Length; i++)
            values[i] /= sum;
    }
}
