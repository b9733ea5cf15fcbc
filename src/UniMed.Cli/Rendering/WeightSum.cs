using UniMed.Inference.Weights;

namespace UniMed.Cli.Rendering;

/// <summary>Tensors counted together.</summary>
internal sealed record WeightSum(string Name, int Tensors, long Parameters, long Bytes)
{
    public static WeightSum Of(IGrouping<string, TensorInfo> tensors) =>
        new(tensors.Key, tensors.Count(), tensors.Sum(tensor => tensor.ElementCount), tensors.Sum(tensor => tensor.ByteLength));
}
