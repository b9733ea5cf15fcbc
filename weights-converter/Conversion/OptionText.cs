using System.Globalization;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Option values as the authors' configuration files spell them.</summary>
internal static class OptionText
{
    /// <summary>The spelling of a value.</summary>
    public static string Of(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
