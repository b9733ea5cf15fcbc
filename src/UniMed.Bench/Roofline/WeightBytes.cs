using UniMed.Inference;
using UniMed.Inference.Weights;

namespace UniMed.Bench.Roofline;

/// <summary>Bytes of weights, as stored, that one pass of each part must read.</summary>
/// <param name="Vision">Vision transformer.</param>
/// <param name="Connector">Router and experts; of the router's first layer the half that meets visual tokens, since the other is folded when the model is loaded.</param>
/// <param name="Language">Layers, final norm and lm_head; of the embedding table a step reads a row for each token, which is left out.</param>
internal sealed record WeightBytes(long Vision, long Connector, long Language)
{
    private const string RouterFirstLayer = "connector.router.fc1.weight";

    /// <summary>Counts the tensors of a model.</summary>
    public static WeightBytes Of(IWeightSource source, LanguageConfig language)
    {
        long vision = 0, connector = 0, words = 0;
        foreach (TensorInfo tensor in source.Tensors.Values)
        {
            if (tensor.Name.StartsWith("vision.", StringComparison.Ordinal) || tensor.Name.StartsWith("ln_vision.", StringComparison.Ordinal))
                vision += tensor.ByteLength;
            else if (tensor.Name.StartsWith("connector.", StringComparison.Ordinal))
                connector += Used(tensor, source);
            else if (tensor.Name != "language.model.embed_tokens.weight" || language.TieWordEmbeddings)
                words += tensor.ByteLength;
        }

        return new WeightBytes(vision, connector, words);
    }

    private static long Used(TensorInfo tensor, IWeightSource source)
    {
        if (tensor.Name.StartsWith("connector.task_tokens.", StringComparison.Ordinal))
            return 0;
        if (!tensor.Name.StartsWith(RouterFirstLayer, StringComparison.Ordinal) || !source.Contains("connector.task_tokens.vqa"))
            return tensor.ByteLength;
        // fc1 is four times as high as it is wide: a task token beside a visual token.
        long taskColumns = source.Tensors["connector.task_tokens.vqa"].Shape[^1];
        long columns = source.Tensors[RouterFirstLayer].Shape[0] / 4;
        return tensor.ByteLength * (columns - taskColumns) / columns;
    }
}
