namespace UniMed.WeightsConverter.Pickle;

/// <summary>
/// The closed list of what a pickle may construct. The machine itself makes only numbers, strings and containers; everything else comes from here.
/// </summary>
internal interface IPickleVocabulary
{
    /// <summary>
    /// The value for a global name (a module and a name in it): one of the list, or a <see cref="PickleGlobal"/> for a name whose values are skipped; null for one that no weight
    /// file has a reason to hold, for which the machine refuses the file.
    /// </summary>
    object? FindGlobal(string module, string name);

    /// <summary>Applies a global of the list to its arguments.</summary>
    /// <param name="global">A value that <see cref="FindGlobal"/> returned.</param>
    /// <param name="arguments">The arguments; unchecked.</param>
    /// <param name="result">What was constructed.</param>
    /// <returns>Null, or the sentence that says why these arguments cannot be applied.</returns>
    string? Reduce(object global, PickleTuple arguments, out object? result);

    /// <summary>The object that a persistent id stands for.</summary>
    /// <param name="id">The id; unchecked.</param>
    /// <param name="result">The object.</param>
    /// <returns>Null, or the sentence that says why the id has no meaning.</returns>
    string? LoadPersistent(object? id, out object? result);
}
