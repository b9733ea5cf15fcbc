using System.Text.Json;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// The base of the rotary embedding: rope_theta, or rope_parameters of Transformers 5. Scaled embeddings (linear, dynamic, yarn, longrope, llama3) are refused by name: only the plain one is
/// computed.
/// </summary>
internal static class RopeConfigReader
{
    private const double DefaultTheta = 10000;

    /// <summary>Entries that say nothing when the embedding is the plain one.</summary>
    private static readonly string[] Plain = ["rope_type", "type", "rope_theta", "factor", "original_max_position_embeddings"];

    /// <summary>Reads the base.</summary>
    /// <exception cref="ConversionException">The embedding is scaled, or two places disagree.</exception>
    public static double ReadTheta(JsonFile config)
    {
        double? inside = null;
        foreach (string property in (string[])["rope_parameters", "rope_scaling"])
        {
            if (!config.Has(property))
                continue;
            JsonFile parameters = config.Child(property)
                ?? throw new ConversionException($"{config.Name}: \"{property}\" is {JsonFile.Describe(config.Root.GetProperty(property))}; an object or null is expected.");
            CheckPlain(parameters);
            if (!parameters.Has("rope_theta"))
                continue;
            double found = parameters.Double("rope_theta");
            if (inside is { } other && other != found)
                throw Disagree(config, parameters.Name, found, other);
            inside = found;
        }

        if (!config.Has("rope_theta"))
            return inside ?? DefaultTheta;
        double theta = config.Double("rope_theta");
        return inside is null || inside == theta ? theta : throw Disagree(config, "\"rope_theta\"", theta, inside.Value);
    }

    private static void CheckPlain(JsonFile parameters)
    {
        string type = parameters.Text("rope_type") ?? parameters.Text("type") ?? "default";
        double factor = parameters.Double("factor", 1);
        // A linear scale of 1 divides positions by 1.
        if (type != "default" && !(type == "linear" && factor == 1))
            throw new ConversionException($"{parameters.Name}: the rotary embedding is of type \"{type}\" (factor {OptionText.Of(factor)}); only the plain one, \"default\", is computed.");
        foreach (JsonProperty entry in parameters.Root.EnumerateObject())
        {
            bool isNeutral = entry.Value.ValueKind == JsonValueKind.Null || entry.Name == "partial_rotary_factor" && parameters.Double(entry.Name) == 1;
            if (!isNeutral && !Plain.Contains(entry.Name))
                throw new ConversionException($"{parameters.Name}: \"{entry.Name}\" is {JsonFile.Describe(entry.Value)}; only the plain rotary embedding of all channels is computed.");
        }
    }

    private static ConversionException Disagree(JsonFile config, string place, double value, double other) =>
        new($"{config.Name} gives two bases of the rotary embedding: {OptionText.Of(value)} ({place}) and {OptionText.Of(other)}. Remove the wrong one.");
}
