using System.Globalization;
using UniMed.Inference;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Option values as the authors' configuration files spell them.</summary>
internal static class OptionText
{
    /// <summary>The spelling of a value.</summary>
    public static string Of(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        ResampleMethod method => method.Name(),
        RouterType type => type.Name(),
        RouterMethod method => method.Name(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
