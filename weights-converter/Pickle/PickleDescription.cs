using System.Globalization;
using System.Numerics;

namespace UniMed.WeightsConverter.Pickle;

/// <summary>Values of a pickle as Python prints them, with their type: 4 and 4.0, 16 and '16' are different things to a reader of a message.</summary>
internal static class PickleDescription
{
    private const int MaxCharacters = 60;

    /// <summary>"4.0 (a float)", "'16' (a string)", "a list".</summary>
    public static string Of(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True (a bool)" : "False (a bool)",
        long or BigInteger => string.Create(CultureInfo.InvariantCulture, $"{value} (an int)"),
        double number => $"{Text(number)} (a float)",
        string text => $"{Quote(text)} (a string)",
        byte[] => "a byte string",
        PickleList => "a list",
        PickleTuple => "a tuple",
        PickleDict => "a dictionary",
        PickleGlobal global => $"the name {global.Name}",
        PickleOpaque => value.ToString()!,
        _ => "a tensor or another value of PyTorch",
    };

    private static string Text(double number)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return double.IsInteger(number) && !text.Contains('E', StringComparison.Ordinal) ? text + ".0" : text;
    }

    private static string Quote(string text)
    {
        string clean = string.Concat(text.Take(MaxCharacters).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > MaxCharacters ? $"'{clean}...'" : $"'{clean}'";
    }
}
