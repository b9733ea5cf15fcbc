namespace UniMed.WeightsConverter.Conversion;

/// <summary>The weights of a model by the names that the authors' code gives them, to recognize them under wrappers that are not known.</summary>
internal sealed class WeightNames
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _parts = new(StringComparer.Ordinal);

    /// <summary>Adds a weight by its name in the output: vision., connector. or language., then the name.</summary>
    public void Add(string outputName)
    {
        string name = outputName.StartsWith("ln_vision.", StringComparison.Ordinal) ? outputName : outputName[(outputName.IndexOf('.', StringComparison.Ordinal) + 1)..];
        _names.Add(name);
        _parts.UnionWith(name.Split('.'));
        // A language model saved without its outer class; its last norm alone would be called like every other norm.
        if (name.StartsWith("model.", StringComparison.Ordinal) && name != "model.norm.weight")
            _names.Add(name["model.".Length..]);
    }

    /// <summary>Finds the weight that the last parts of a key name, whatever stands before or between them.</summary>
    /// <param name="key">A key of a source.</param>
    /// <returns>The weight, and the parts of the key that are not its own; null when there is none.</returns>
    public (string Name, string Wrapper)? Find(string key)
    {
        string[] parts = key.Split('.');
        int[] known = [.. Enumerable.Range(0, parts.Length).Where(i => _parts.Contains(parts[i]))];
        for (int first = 0; first < known.Length; first++)
        {
            string name = string.Join('.', known[first..].Select(i => parts[i]));
            if (_names.Contains(name))
                return (name, string.Join('.', Enumerable.Range(0, parts.Length).Except(known[first..]).Select(i => parts[i])));
        }

        return null;
    }
}
