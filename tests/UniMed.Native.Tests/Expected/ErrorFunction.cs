namespace UniMed.Native.Tests.Expected;

/// <summary>erf by its Maclaurin series in 28-digit decimal arithmetic: the alternating terms reach 1e15 at 6 and leave 13 correct digits there, more below.</summary>
public static class ErrorFunction
{
    public static double Erf(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        decimal argument = (decimal)x;
        decimal power = argument;
        decimal sum = argument;
        for (int n = 1; Math.Abs(power) > 1e-22m; n++)
        {
            power *= -argument * argument / n;
            sum += power / ((2 * n) + 1);
        }

        return (double)(sum * 1.1283791670955125738961589031m);
    }

    /// <summary>1 - erf without its cancellation: from 2 on by its continued fraction, whose 200 terms leave 14 correct digits there, more above.</summary>
    public static double Erfc(double x)
    {
        if (x < 2)
            return 1 - Erf(x);
        double fraction = x;
        for (int n = 200; n > 0; n--)
            fraction = x + (n / 2.0 / fraction);
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}
