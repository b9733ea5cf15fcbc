namespace UniMed.WeightsConverter.Conversion;

/// <summary>An option with its value and where that came from, for messages and the report.</summary>
internal readonly record struct ResolvedOption<T>(string Name, T Value, string Origin)
{
    /// <summary>"name is value (origin)".</summary>
    public override string ToString() => $"{Name} is {OptionText.Of(Value)} ({Origin})";
}
