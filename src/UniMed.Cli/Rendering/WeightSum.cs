using UniMed.Inference.Weights;

namespace UniMed.Cli.Rendering;

/// <summary>Tensors counted together.</summary>
/// <param name="Name">What they have in common: a part of the model, or a format.</param>
/// <param name="Tensors">Tensors, a quantized matrix and its scales counting as one.</param>
/// <param name="Parameters">Weights of the model in them, whatever they are stored as.</param>
/// <param name="Bytes">Bytes on disk, scales included.</param>
internal sealed record WeightSum(string Name, int Tensors, long Parameters, long Bytes)
{
    public static WeightSum Of(IGrouping<string, LogicalTensor> tensors) =>
        new(tensors.Key, tensors.Count(), tensors.Sum(tensor => tensor.Parameters), tensors.Sum(tensor => tensor.Bytes));
}
