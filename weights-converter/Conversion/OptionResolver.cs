using UniMed.WeightsConverter.Reporting;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Finds each option: the checkpoint's config first, then the flag, then whatever the caller offers. A flag that contradicts the config is an error.</summary>
/// <param name="checkpoint">What messages call the checkpoint.</param>
/// <param name="config">Its "config" "model".</param>
internal sealed class OptionResolver(string checkpoint, IReadOnlyDictionary<string, object?> config)
{
    private const string ConfigOrigin = "the checkpoint's config";

    private readonly List<ReportedOption> _resolved = [];

    /// <summary>Every option that was decided, in order.</summary>
    public IReadOnlyList<ReportedOption> Resolved => _resolved;

    /// <summary>A whole number from config or flag, or null when neither gives one.</summary>
    public ResolvedOption<int>? FindInt(string name, int? flag, int min = 1, int max = 1 << 20)
    {
        ResolvedOption<int>? found = Find(name, flag, value => value is long number && number == (int)number ? (int)number : null, "a whole number");
        if (found is { } option && (option.Value < min || option.Value > max))
            throw new ConversionException($"{option}; a whole number from {min} to {max} is expected.");
        return found;
    }

    /// <summary>A number from config or flag, or null when neither gives one.</summary>
    public ResolvedOption<double>? FindDouble(string name, double? flag)
    {
        ResolvedOption<double>? found = Find(name, flag, value => value switch { long whole => whole, double real => real, _ => (double?)null }, "a number");
        if (found is { } option && !(double.IsFinite(option.Value) && option.Value > 0))
            throw new ConversionException($"{option}; a positive number is expected.");
        return found;
    }

    /// <summary>A truth value from config or flag, or null when neither gives one.</summary>
    public ResolvedOption<bool>? FindBool(string name, bool? flag) =>
        Find(name, flag, value => value switch { bool b => b, 0L => false, 1L => true, _ => (bool?)null }, "true or false");

    /// <summary>A word from config or flag, or null when neither gives one.</summary>
    public ResolvedOption<string>? FindText(string name, string? flag)
    {
        object? value = config.GetValueOrDefault(name);
        if (value is not (null or string))
            throw NotExpected(name, value, "a word");
        ResolvedOption<string>? given = flag is null ? null : new(name, flag, Flag(name));
        ResolvedOption<string>? configured = value is string text ? new(name, text, ConfigOrigin) : null;
        return Agree(configured, given);
    }

    /// <summary>Takes what was found, or a fallback, and notes it for the report.</summary>
    public ResolvedOption<T> Decide<T>(string name, ResolvedOption<T>? found, T fallback, string origin)
    {
        ResolvedOption<T> option = found ?? new(name, fallback, origin);
        _resolved.Add(new ReportedOption(name, OptionText.Of(option.Value), option.Origin));
        return option;
    }

    private ResolvedOption<T>? Find<T>(string name, T? flag, Func<object, T?> convert, string expected)
        where T : struct
    {
        ResolvedOption<T>? given = flag is { } set ? new(name, set, Flag(name)) : null;
        ResolvedOption<T>? configured = null;
        if (config.GetValueOrDefault(name) is { } value)
            configured = new(name, convert(value) ?? throw NotExpected(name, value, expected), ConfigOrigin);
        return Agree(configured, given);
    }

    private static ResolvedOption<T>? Agree<T>(ResolvedOption<T>? configured, ResolvedOption<T>? given)
    {
        if (configured is { } config && given is { } flag && !EqualityComparer<T>.Default.Equals(config.Value, flag.Value))
            throw new ConversionException($"{config}, but {flag.Origin} says {OptionText.Of(flag.Value)}. Leave the flag out, or give the checkpoint's value.");
        return configured ?? given;
    }

    private static string Flag(string name) => "--" + name.Replace('_', '-');

    private ConversionException NotExpected(string name, object? value, string expected) =>
        new($"{checkpoint}: \"{name}\" in its config is {Describe(value)}; {expected} is expected.");

    private static string Describe(object? value) => value is string or long or double or bool ? OptionText.Of(value) : "a value of another kind";
}
