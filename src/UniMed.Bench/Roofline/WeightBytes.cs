using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;

namespace UniMed.Bench.Roofline;

/// <summary>Bytes of weights, as stored, that one pass of each part must read.</summary>
/// <param name="Vision">Vision transformer.</param>
/// <param name="Connector">Router and experts; of the router's first layer the half that meets visual tokens, since the other is folded when the model is loaded.</param>
/// <param name="Language">Layers, final norm and lm_head; of the embedding table a step reads a row for each token, which is left out.</param>
internal sealed record WeightBytes(long Vision, long Connector, long Language)
{
    /// <summary>Counts the tensors of a model.</summary>
    public static WeightBytes Of(IWeightSource source, ModelLayout layout)
    {
        LanguageLayout language = layout.Language;
        return new WeightBytes(
            layout.Vision?.Tensors.Sum(tensor => Stored(source, tensor)) ?? 0,
            layout.Connector is null ? 0 : layout.Connector.Tensors.Except(layout.Connector.TaskTokens).Sum(tensor => Used(source, tensor)),
            language.Tensors.Where(tensor => tensor != language.EmbedTokens || language.LmHead is null).Sum(tensor => Stored(source, tensor)));
    }

    /// <summary>All but the columns that are folded.</summary>
    private static long Used(IWeightSource source, LayoutTensor tensor) => Stored(source, tensor) * (tensor.Columns - tensor.SplitAt) / tensor.Columns;

    /// <summary>Values and scales; nothing for an optional tensor that is not there.</summary>
    private static long Stored(IWeightSource source, LayoutTensor tensor) => BytesOf(source, tensor.Name) + BytesOf(source, tensor.Name + TensorNames.ScalesSuffix);

    private static long BytesOf(IWeightSource source, string name) => source.Tensors.TryGetValue(name, out TensorInfo? tensor) ? tensor.ByteLength : 0;
}
