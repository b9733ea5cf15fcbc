using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace UniMed.Cli.Commands;

/// <summary>Options that are numbers, with messages that say what a number looks like.</summary>
internal static class NumberOption
{
    /// <summary>An option with a default.</summary>
    public static Option<T> Create<T>(string name, string description, T value)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            HelpName = HelpName<T>(),
            DefaultValueFactory = _ => value,
            CustomParser = result => Parse<T>(name, result.Tokens[0].Value, result.AddError) ?? value,
        };

    /// <summary>An option that may be left out.</summary>
    public static Option<T?> CreateOptional<T>(string name, string description)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            HelpName = HelpName<T>(),
            CustomParser = result => Parse<T>(name, result.Tokens[0].Value, result.AddError),
        };

    private static T? Parse<T>(string name, string text, Action<string> complain)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T number))
            return number;
        complain($"{name} is '{text}'; it must be {(typeof(T) == typeof(double) ? "a number, such as 0.9" : $"a whole number from {T.MinValue} to {T.MaxValue}")}.");
        return null;
    }

    private static string HelpName<T>() => typeof(T) == typeof(double) ? "X" : "N";
}
