namespace UniMed.WeightsConverter.Torch;

/// <summary>What a global of the closed list stands for.</summary>
internal enum TorchGlobalKind
{
    /// <summary>collections.OrderedDict and defaultdict: an empty dictionary.</summary>
    OrderedDict,

    /// <summary>torch._utils._rebuild_tensor and _rebuild_tensor_v2: a view of a storage.</summary>
    RebuildTensor,

    /// <summary>torch._utils._rebuild_parameter and _rebuild_parameter_with_state: the tensor in its first argument.</summary>
    RebuildParameter,

    /// <summary>torch._tensor._rebuild_from_type_v2: a tensor with attributes; its maker, its class, the maker's arguments, the attributes.</summary>
    RebuildFromType,

    /// <summary>torch.Size: the tuple in its argument.</summary>
    Size,

    /// <summary>A storage class such as torch.FloatStorage, known or not; it is named, never applied.</summary>
    Storage,

    /// <summary>A dtype such as torch.float16; it is a value, never applied.</summary>
    Dtype,
}
