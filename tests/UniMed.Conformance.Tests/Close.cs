using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Comparisons with golden tensors.</summary>
internal static class Close
{
    /// <summary>The largest difference is at most a share of the largest golden magnitude.</summary>
    public static void Relative(float[] expected, float[] actual, double tolerance, string what)
    {
        double scale = expected.Max(value => Math.Abs((double)value));
        Absolute(expected, actual, tolerance * scale, $"{what} (largest magnitude {scale:g4})");
    }

    /// <summary>The largest difference is at most the tolerance.</summary>
    public static void Absolute(float[] expected, float[] actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            if (!(difference <= worst))
                (worst, at) = (difference, i);
        }

        Assert.True(worst <= tolerance, $"{what}: element {at} is {actual[at]}, the reference has {expected[at]}; they differ by {worst:g4}, at most {tolerance:g4} is allowed.");
    }
}
