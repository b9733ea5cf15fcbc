namespace UniMed.Inference;

/// <summary>
/// The linear window that turns stored 16-bit gray samples into 8-bit gray: DICOM PS3.3, C.11.2.1.2.1, with y from 0 to 255, after
/// the modality rescale of C.11.1.1.
/// </summary>
/// <remarks>
/// With x = stored * slope + intercept: y = 0 where x &lt;= c - 0.5 - (w - 1) / 2; y = 255 where x &gt; c - 0.5 + (w - 1) / 2; else
/// ((x - (c - 0.5)) / (w - 1) + 0.5) * 255, rounded to the nearest integer, halves away from zero. Immutable and thread-safe.
/// </remarks>
/// <param name="Center">Window center c (0028,1050), in rescaled units such as Hounsfield.</param>
/// <param name="Width">Window width w (0028,1051), in rescaled units, at least 1.</param>
/// <param name="Slope">Rescale slope (0028,1053); 1 by default.</param>
/// <param name="Intercept">Rescale intercept (0028,1052); 0 by default.</param>
/// <exception cref="ArgumentOutOfRangeException">A value is not finite, or the width is less than 1.</exception>
public sealed record Windowing(double Center, double Width, double Slope = 1, double Intercept = 0)
{
    private const int White = 255;

    /// <summary>Window center c (0028,1050), in rescaled units such as Hounsfield.</summary>
    public double Center { get; init => field = RequireFinite(value, nameof(Center)); } = RequireFinite(Center, nameof(Center));

    /// <summary>Window width w (0028,1051), in rescaled units, at least 1.</summary>
    public double Width { get; init => field = RequireWidth(value, nameof(Width)); } = RequireWidth(Width, nameof(Width));

    /// <summary>Rescale slope (0028,1053).</summary>
    public double Slope { get; init => field = RequireFinite(value, nameof(Slope)); } = RequireFinite(Slope, nameof(Slope));

    /// <summary>Rescale intercept (0028,1052).</summary>
    public double Intercept { get; init => field = RequireFinite(value, nameof(Intercept)); } = RequireFinite(Intercept, nameof(Intercept));

    /// <summary>Maps <paramref name="minimum"/> to 0 and <paramref name="maximum"/> to 255; everything to 0 where they are equal.</summary>
    internal static Windowing FullRange(double minimum, double maximum) => new((minimum + maximum + 1) / 2, maximum - minimum + 1);

    /// <summary>The gray level of a stored sample.</summary>
    internal byte Map(double stored)
    {
        double x = stored * Slope + Intercept;
        double middle = Center - 0.5;
        double half = (Width - 1) / 2;
        if (x <= middle - half)
            return 0;
        if (x > middle + half)
            return White;
        return (byte)Math.Round(((x - middle) / (Width - 1) + 0.5) * White, MidpointRounding.AwayFromZero);
    }

    private static double RequireFinite(double value, string name) => double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"The window's {name} must be a finite number.");

    private static double RequireWidth(double value, string name) => double.IsFinite(value) && value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The window's Width must be at least 1 (DICOM PS3.3 C.11.2.1.2).");
}
