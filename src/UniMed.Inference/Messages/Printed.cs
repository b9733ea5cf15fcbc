using System.Globalization;

namespace UniMed.Inference.Messages;

/// <summary>How the text of a record shows numbers and lists: for a person, in the invariant culture. What programs read has every digit.</summary>
internal static class Printed
{
    private const string FourDecimals = "0.####";

    /// <summary>A number to four decimals.</summary>
    public static string Number(double value) => value.ToString(FourDecimals, CultureInfo.InvariantCulture);

    /// <summary>Numbers, each to four decimals.</summary>
    public static string Numbers(IEnumerable<double> values) => List(values.Select(Number));

    /// <inheritdoc cref="Numbers(IEnumerable{double})"/>
    public static string Numbers(IEnumerable<float> values) => Numbers(values.Select(value => (double)value));

    /// <summary>Everything in a list.</summary>
    public static string List<T>(IEnumerable<T> values) => $"[{string.Join(", ", values)}]";
}
