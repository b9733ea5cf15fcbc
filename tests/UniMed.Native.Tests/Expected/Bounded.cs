namespace UniMed.Native.Tests.Expected;

/// <summary>
/// A number in double precision together with the size its rounding errors are measured by: the sum of the absolute terms it was added from, carried through every later
/// operation by the rules of running error analysis. An implementation in lower precision is right when it differs by no more than a small multiple of its unit times
/// <see cref="Magnitude"/>.
/// </summary>
/// <remarks>Source: Higham, Accuracy and Stability of Numerical Algorithms, section 3.3.</remarks>
public readonly record struct Bounded(double Value, double Magnitude)
{
    /// <summary>A given number: it carries no error.</summary>
    public static implicit operator Bounded(double exact) => new(exact, 0);

    public static Bounded operator +(Bounded a, Bounded b) => Rounded(a.Value + b.Value, a.Magnitude + b.Magnitude);

    public static Bounded operator -(Bounded a, Bounded b) => Rounded(a.Value - b.Value, a.Magnitude + b.Magnitude);

    public static Bounded operator *(Bounded a, Bounded b) =>
        Rounded(a.Value * b.Value, (Math.Abs(a.Value) * b.Magnitude) + (Math.Abs(b.Value) * a.Magnitude));

    public static Bounded operator /(Bounded a, Bounded b)
    {
        double quotient = a.Value / b.Value;
        return Rounded(quotient, (a.Magnitude + (Math.Abs(quotient) * b.Magnitude)) / Math.Abs(b.Value));
    }

    /// <summary>A sum in any order: the error is that of the terms plus the sum of their sizes.</summary>
    public static Bounded Sum(IEnumerable<Bounded> terms)
    {
        double value = 0;
        double magnitude = 0;
        foreach (Bounded term in terms)
        {
            value += term.Value;
            magnitude += term.Magnitude + Math.Abs(term.Value);
        }

        return new Bounded(value, magnitude);
    }

    public static Bounded Exp(Bounded x) => Map(x, Math.Exp(x.Value), Math.Exp(x.Value));

    public static Bounded Sqrt(Bounded x) => Map(x, Math.Sqrt(x.Value), 0.5 / Math.Sqrt(x.Value));

    /// <summary>x * Phi(x); its slope is Phi(x) + x * phi(x). Where that vanishes, near -0.75, errors of some percent count by the slope beside it.</summary>
    public static Bounded Gelu(Bounded x)
    {
        double phi = 0.5 * (1 + ErrorFunction.Erf(x.Value / Math.Sqrt(2)));
        double density = Math.Exp(-0.5 * x.Value * x.Value) / Math.Sqrt(2 * Math.PI);
        return Map(x, x.Value * phi, Math.Max(0.05, Math.Abs(phi + (x.Value * density))));
    }

    private static Bounded Map(Bounded x, double value, double slope) => Rounded(value, Math.Abs(slope) * x.Magnitude);

    private static Bounded Rounded(double value, double magnitude) => new(value, magnitude + Math.Abs(value));
}
