namespace UniMed.Native.Reference;

/// <summary>Exact GELU: x * Phi(x) = x / 2 * (1 + erf(x / sqrt 2)), evaluated in double precision and rounded once.</summary>
internal static class Gelu
{
    public static float Apply(float x) => (float)(0.5 * x * (1.0 + Erf(x * 0.70710678118654752440)));

    /// <summary>Error function, to about 1e-12 absolute: the Kummer series up to 3, the continued fraction of erfc beyond.</summary>
    internal static double Erf(double x)
    {
        double magnitude = Math.Abs(x);
        if (double.IsNaN(x))
            return x;
        if (magnitude > 6)
            return Math.Sign(x);
        double value = magnitude < 3 ? Series(magnitude) : 1 - ComplementFraction(magnitude);
        return x < 0 ? -value : value;
    }

    private static double Series(double x)
    {
        // erf(x) = 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)): all terms positive, nothing cancels.
        double term = x;
        double sum = x;
        for (int n = 1; term > sum * 1e-13; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double ComplementFraction(double x)
    {
        double fraction = 0;
        for (int n = 60; n >= 1; n--)
            fraction = n / 2.0 / (x + fraction);
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * (x + fraction));
    }
}
