using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>A tensor of a model folder as its user counts it: a quantized matrix and its scales are one, with the weights that they stand for.</summary>
/// <param name="Name">Name of the values.</param>
/// <param name="Format">f64, f32, f16, bf16, int8 or int4; any other stored type in lower case.</param>
/// <param name="Parameters">Numbers that the model has in it.</param>
/// <param name="Bytes">Bytes on disk, scales included.</param>
public sealed record LogicalTensor(string Name, string Format, long Parameters, long Bytes)
{
    /// <summary>All tensors of a folder, in no particular order. Nothing is read: files stay mapped.</summary>
    /// <param name="tensors">Its stored tensors by name, as <see cref="SafetensorsSet.Tensors"/> gives them.</param>
    /// <param name="config">Its configuration: the last block of an int4 row is padded, so the file alone does not say how many weights a row has.</param>
    public static IReadOnlyList<LogicalTensor> All(IReadOnlyDictionary<string, TensorInfo> tensors, UniMedConfig config)
    {
        var layout = ModelLayout.Of(config);
        var all = new List<LogicalTensor>(tensors.Count);
        foreach ((string name, TensorInfo info) in tensors)
        {
            bool isScales = name.EndsWith(TensorNames.ScalesSuffix, StringComparison.Ordinal) && tensors.ContainsKey(name[..^TensorNames.ScalesSuffix.Length]);
            if (isScales)
                continue;
            TensorInfo? scales = tensors.GetValueOrDefault(name + TensorNames.ScalesSuffix);
            if (scales is null || info.Type is not (ElementType.I8 or ElementType.U8) || info.Shape.Count != 2)
                all.Add(new LogicalTensor(name, info.Type.SafetensorsName().ToLowerInvariant(), info.ElementCount, info.ByteLength + (scales?.ByteLength ?? 0)));
            else
                all.Add(new LogicalTensor(name, info.Type == ElementType.I8 ? "int8" : "int4", info.Shape[0] * Columns(info, layout.Find(name)), info.ByteLength + scales.ByteLength));
        }

        return all;
    }

    private static long Columns(TensorInfo info, LayoutTensor? asked)
    {
        if (info.Type == ElementType.I8)
            return info.Shape[1];
        long padded = info.Shape[1] * 2;
        long columns = asked?.Columns ?? 0;
        return columns > padded - BlockQuantization.BlockSize && columns <= padded ? columns : padded;
    }
}
