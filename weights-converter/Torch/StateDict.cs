using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Torch;

/// <summary>The tensors of a state dict by key, and the names of the values in it that are not tensors.</summary>
internal sealed class StateDict
{
    /// <summary>Names under which frameworks wrap a state dict.</summary>
    private static readonly string[] Wrappers = ["model", "state_dict", "module"];

    private StateDict(OrderedDictionary<string, TensorView> tensors, List<string> others)
    {
        Tensors = tensors;
        Others = others;
    }

    /// <summary>Checked tensors in the order of the file.</summary>
    public OrderedDictionary<string, TensorView> Tensors { get; }

    /// <summary>Keys whose value is not a tensor.</summary>
    public IReadOnlyList<string> Others { get; }

    /// <summary>Reads the state dict of an archive: its "model" (or "state_dict", "module") where there is one, otherwise the object itself.</summary>
    /// <exception cref="ConversionException">There are no tensors in it, or a tensor is malformed.</exception>
    public static StateDict Read(TorchArchive archive)
    {
        if (archive.Root is not PickleDict root)
        {
            throw new ConversionException(
                $"{archive.Name} is refused: there are no tensors in it; a dictionary of tensors is expected, the file holds {Describe(archive.Root)}.");
        }

        PickleDict dict = root;
        foreach (string wrapper in Wrappers)
        {
            if (!root.TryGet(wrapper, out object? inner) || inner is not PickleDict wrapped)
                continue;
            dict = wrapped;
            break;
        }

        var tensors = new OrderedDictionary<string, TensorView>(StringComparer.Ordinal);
        var others = new List<string>();
        foreach ((object key, object? value) in dict.Entries)
        {
            if (key is not string name)
                continue;
            if (value is TensorValue tensor)
                tensors[name] = archive.View(name, tensor);
            else
                others.Add(name);
        }

        if (tensors.Count == 0)
            throw new ConversionException($"{archive.Name} is refused: there are no tensors in it.");
        return new StateDict(tensors, others);
    }

    private static string Describe(object? value) => value switch
    {
        null => "None",
        PickleList => "a list",
        PickleTuple => "a tuple",
        TensorValue => "a single tensor",
        string => "a string",
        _ => "another kind of value",
    };
}
