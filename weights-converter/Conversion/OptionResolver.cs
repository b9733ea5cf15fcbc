using System.Globalization;
using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Pickle;
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
    public ResolvedOption<T>? FindWord<T>(OptionSpelling<T> spelling, T? flag)
        where T : struct
    {
        string name = spelling.Option;
        object? value = config.GetValueOrDefault(name);
        if (value is not (null or string))
            throw NotExpected(name, value, "a word");
        T parsed = default;
        if (value is string text && !spelling.TryParse(text, out parsed))
            throw new ConversionException($"{new ResolvedOption<string>(name, text, ConfigOrigin)}; {spelling.Choices} is expected.");
        ResolvedOption<T>? given = flag is { } set ? new(name, set, Flag(name)) : null;
        ResolvedOption<T>? configured = value is null ? null : new(name, parsed, ConfigOrigin);
        return Agree(configured, given);
    }

    /// <summary>Refuses an option of the config that would change what is computed, unless it is absent, None, False, 0 or empty.</summary>
    /// <exception cref="ConversionException">It is on.</exception>
    public void RefuseUnlessOff(string name, string reason)
    {
        object? value = config.GetValueOrDefault(name);
        bool isOff = value switch
        {
            null or false or 0L or "" => true,
            PickleDict dict => dict.Entries.Count == 0,
            PickleList list => list.Items.Count == 0,
            _ => false,
        };
        if (!isOff)
            throw new ConversionException($"{checkpoint}: \"{name}\" in its config is {PickleDescription.Of(value)}: {reason}. Merge LoRA in Python (peft's merge_and_unload) and save the whole model.");
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
        new($"{checkpoint}: \"{name}\" in its config is {PickleDescription.Of(value)}; {expected} is expected. {Correct(name, value)}");

    /// <summary>How to change a value in a checkpoint, with the value that was most likely meant.</summary>
    private string Correct(string name, object? value)
    {
        string meant = value switch
        {
            double number when double.IsInteger(number) && Math.Abs(number) < 1 << 30 => OptionText.Of((long)number),
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => OptionText.Of(number),
            _ => "...",
        };
        return $"Correct it in Python: c = torch.load(\"{checkpoint}\", map_location=\"cpu\"); c[\"config\"][\"model\"][\"{name}\"] = {meant}; torch.save(c, \"{checkpoint}\").";
    }
}
