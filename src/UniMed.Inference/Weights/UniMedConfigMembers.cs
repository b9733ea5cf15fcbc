using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace UniMed.Inference.Weights;

/// <summary>Compares the members of a JSON document with those of the contract and names what is unknown, missing or doubled by its place in the file.</summary>
/// <remarks>
/// Every member must be present, also one that has a default in C#: the file is written whole by a program, and the generated deserializer would
/// give an absent member the value 0 rather than its default.
/// </remarks>
internal static class UniMedConfigMembers
{
    /// <summary>Checks an object and all objects below it.</summary>
    /// <param name="file">Path, for messages.</param>
    /// <param name="element">The document's root.</param>
    /// <param name="contract">The contract of the root.</param>
    /// <exception cref="UniMedException">A member is unknown, missing or doubled, or a value is no object where one is expected.</exception>
    public static void Check(string file, JsonElement element, JsonTypeInfo contract) => Check(file, element, contract, "");

    private static void Check(string file, JsonElement element, JsonTypeInfo contract, string place)
    {
        if (contract.Kind == JsonTypeInfoKind.Object)
            CheckObject(file, element, contract, place);
        else if (contract.Kind == JsonTypeInfoKind.Enumerable && element.ValueKind == JsonValueKind.Array)
        {
            JsonTypeInfo item = contract.Options.GetTypeInfo(contract.ElementType!);
            int i = 0;
            foreach (JsonElement value in element.EnumerateArray())
                Check(file, value, item, $"{place}[{i++}]");
        }
    }

    private static void CheckObject(string file, JsonElement element, JsonTypeInfo contract, string place)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: {(place.Length == 0 ? "the file" : place)} must be a JSON object, found {element.ValueKind}.");
        string prefix = place.Length == 0 ? "" : place + ".";
        Dictionary<string, JsonPropertyInfo> expected = contract.Properties.Where(p => p.Get is not null).ToDictionary(p => p.Name);
        var found = new HashSet<string>();
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string shown = SafetensorsException.Quote(prefix + member.Name);
            if (!expected.TryGetValue(member.Name, out JsonPropertyInfo? property))
                throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: unknown member {shown}. Remove it, or update UniMed: a newer unimed-convert may have written it.");
            if (!found.Add(member.Name))
                throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: the member {shown} stands there twice.");
            Check(file, member.Value, contract.Options.GetTypeInfo(property.PropertyType), prefix + member.Name);
        }

        if (expected.Keys.FirstOrDefault(name => !found.Contains(name)) is { } missing)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{file}: the member '{prefix}{missing}' is missing. Add it, or convert the model again with unimed-convert.");
    }
}
