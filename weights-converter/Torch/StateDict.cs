using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Torch;

/// <summary>The tensors of a state dict by key, and the values in it that are not tensors.</summary>
internal sealed class StateDict
{
    /// <summary>Names under which training code and frameworks keep the state dict in a checkpoint, the authors' first.</summary>
    private static readonly string[] Containers = ["model", "state_dict", "module", "model_state_dict", "model_state", "net", "network"];

    /// <summary>Containers inside containers that are followed.</summary>
    private const int MaxContainers = 4;

    private StateDict(OrderedDictionary<string, TensorView> tensors, List<SkippedValue> skipped)
    {
        Tensors = tensors;
        Skipped = skipped;
    }

    /// <summary>Checked tensors in the order of the file.</summary>
    public OrderedDictionary<string, TensorView> Tensors { get; }

    /// <summary>Entries whose value is not a tensor, and further dictionaries of tensors that lie beside the state dict.</summary>
    public IReadOnlyList<SkippedValue> Skipped { get; }

    /// <summary>Reads the state dict of an archive: its "model" (or "state_dict", "module", ...) where there is one, otherwise the object itself.</summary>
    /// <exception cref="ConversionException">There are no tensors in it, or a tensor is malformed.</exception>
    public static StateDict Read(TorchArchive archive)
    {
        var skipped = new List<SkippedValue>();
        PickleDict dict = Find(archive, skipped);
        var tensors = new OrderedDictionary<string, TensorView>(StringComparer.Ordinal);
        foreach ((object key, object? value) in dict.Entries)
        {
            if (key is not string name)
                continue;
            if (value is TensorValue tensor)
                tensors[name] = archive.View(name, tensor);
            else
                skipped.Add(new SkippedValue(name, PickleDescription.Of(value)));
        }

        if (tensors.Count == 0)
            throw new ConversionException($"{archive.Name} is refused: there are no tensors in it.");
        return new StateDict(tensors, skipped);
    }

    private static PickleDict Find(TorchArchive archive, List<SkippedValue> skipped)
    {
        PickleDict dict = archive.Root as PickleDict ?? throw NoDictionary(archive, "", archive.Root);
        string path = "";
        for (int depth = 0; depth < MaxContainers; depth++)
        {
            string? container = Containers.FirstOrDefault(name => dict.TryGet(name, out object? value) && value is PickleDict inner && HoldsTensors(inner));
            if (container is null)
            {
                if (CountTensors(dict) == 0 && Containers.FirstOrDefault(name => dict.TryGet(name, out object? value) && value is PickleOpaque) is { } whole)
                    throw NoDictionary(archive, path + $" \"{whole}\"", Value(dict, whole));
                return dict;
            }

            foreach ((object key, object? value) in dict.Entries)
            {
                if (key is not string name || name == container)
                    continue;
                // Such as the state of a random generator, a best score, or averaged weights.
                if (value is TensorValue)
                    skipped.Add(new SkippedValue(name, $"a tensor beside \"{container}\"", IsBeside: true));
                else if (value is PickleDict other && CountTensors(other) > 0)
                    skipped.Add(new SkippedValue(name, $"a dictionary of {CountTensors(other)} tensors beside \"{container}\"", IsBeside: true));
            }

            dict = (PickleDict)Value(dict, container)!;
            path += $" \"{container}\"";
        }

        return dict;
    }

    private static bool HoldsTensors(PickleDict dict) =>
        CountTensors(dict) > 0 || Containers.Any(name => dict.TryGet(name, out object? value) && value is PickleDict inner && CountTensors(inner) > 0);

    private static int CountTensors(PickleDict dict) => dict.Entries.Count(e => e is { Key: string, Value: TensorValue });

    private static object? Value(PickleDict dict, string key) => dict.TryGet(key, out object? value) ? value : null;

    private static ConversionException NoDictionary(TorchArchive archive, string path, object? found)
    {
        string where = path.Length == 0 ? "the file" : path.Trim();
        return found is PickleOpaque opaque
            ? new ConversionException(
                $"{archive.Name} is refused: there are no tensors in it that can be read; {where} holds an object of {opaque.Maker}, saved as a whole. "
                + "Load it in Python and save its weights alone: torch.save({\"model\": model.state_dict()}, ...).")
            : new ConversionException($"{archive.Name} is refused: there are no tensors in it; a dictionary of tensors is expected, {where} holds {Describe(found)}.");
    }

    private static string Describe(object? value) => value switch
    {
        TensorValue => "a single tensor",
        _ => PickleDescription.Of(value),
    };
}
