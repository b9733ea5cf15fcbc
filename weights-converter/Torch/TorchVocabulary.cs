using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Torch;

/// <summary>The closed list: what the tensors and the configuration of a training checkpoint are made of. Values of other names are skipped, but for those of <see cref="DangerousGlobals"/>.</summary>
internal sealed class TorchVocabulary : IPickleVocabulary
{
    private static readonly HashSet<string> Dtypes =
        ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"];

    public object? FindGlobal(string module, string name)
    {
        TorchGlobalKind? kind = (module, name) switch
        {
            ("collections", "OrderedDict" or "defaultdict") => TorchGlobalKind.OrderedDict,
            ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2") => TorchGlobalKind.RebuildTensor,
            ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state") => TorchGlobalKind.RebuildParameter,
            ("torch._tensor", "_rebuild_from_type_v2") => TorchGlobalKind.RebuildFromType,
            ("torch", "Size") => TorchGlobalKind.Size,
            ("torch", _) when Dtypes.Contains(name) => TorchGlobalKind.Dtype,
            // An unknown storage class is a name that is never called: it is refused with the key of the tensor that uses it.
            ("torch", _) when IsStorageClass(name) => TorchGlobalKind.Storage,
            _ => null,
        };
        if (kind is { } known)
            return new TorchGlobal(known, $"{module}.{name}");
        return DangerousGlobals.Contains(module, name) ? null : new PickleGlobal($"{module}.{name}");
    }

    public string? Reduce(object global, PickleTuple arguments, out object? result)
    {
        result = null;
        switch (global)
        {
            case TorchGlobal { Kind: TorchGlobalKind.OrderedDict } when arguments.Items is [] or [PickleGlobal]:
                result = new PickleDict();
                return null;
            case TorchGlobal { Kind: TorchGlobalKind.RebuildTensor }
                when arguments.Items is [StorageValue storage, long offset, PickleTuple size, PickleTuple stride, ..]:
                result = new TensorValue(storage, offset, size, stride);
                return null;
            case TorchGlobal { Kind: TorchGlobalKind.RebuildParameter } when arguments.Items is [TensorValue tensor, ..]:
                result = tensor;
                return null;
            case TorchGlobal { Kind: TorchGlobalKind.RebuildFromType } when arguments.Items is [TorchGlobal { Kind: TorchGlobalKind.RebuildTensor } maker, _, PickleTuple inner, ..]:
                return Reduce(maker, inner, out result);
            case TorchGlobal { Kind: TorchGlobalKind.RebuildFromType or TorchGlobalKind.RebuildParameter }
                when arguments.Items is [PickleOpaque or PickleGlobal, ..]:
                result = arguments.Items[0] is PickleGlobal unread ? new PickleOpaque(unread.Name) : arguments.Items[0];
                return null;
            case TorchGlobal { Kind: TorchGlobalKind.Size } when arguments.Items is [PickleTuple sizes]:
                result = sizes;
                return null;
            case TorchGlobal known:
                return $"{known.Name} is called with arguments that PyTorch does not give it.";
            default:
                return "something that cannot be called is called.";
        }
    }

    public string? LoadPersistent(object? id, out object? result)
    {
        result = null;
        // The older format names the class of a module so, with its source code.
        if (id is PickleTuple { Items: ["module", PickleGlobal module, ..] })
        {
            result = module;
            return null;
        }

        if (id is not PickleTuple { Items: ["storage", TorchGlobal { Kind: TorchGlobalKind.Storage } or PickleGlobal, string key, string, long count, ..] } tuple)
            return "a persistent id is not a storage as PyTorch names it: (\"storage\", type, key, device, count).";
        if (tuple.Items.Count > 6 || (tuple.Items.Count == 6 && tuple.Items[5] is not null))
            return "a storage is a view of another storage, a form that PyTorch left before version 0.4.";
        result = new StorageValue(tuple.Items[1] is TorchGlobal known ? known.Name : ((PickleGlobal)tuple.Items[1]!).Name, key, count);
        return null;
    }

    private static bool IsStorageClass(string name) => name.Length < 40 && name.EndsWith("Storage", StringComparison.Ordinal) && name.All(char.IsAsciiLetterOrDigit);
}
