using UniMed.Inference;
using UniMed.Inference.Weights;

namespace UniMed.Cli.Rendering;

/// <summary>What a model folder holds.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Config">Its config.json.</param>
/// <param name="Parts">Parameters and bytes of vision, connector and language.</param>
/// <param name="Dtypes">Tensors, parameters and bytes of each format: f16, int8, int4, ...</param>
/// <param name="Files">The weight files.</param>
internal sealed record InfoRecord(
    string Folder, UniMedConfig Config, IReadOnlyList<WeightSum> Parts, IReadOnlyList<WeightSum> Dtypes, IReadOnlyList<WeightFile> Files)
{
    /// <summary>Reads the folder; weights are mapped, not loaded.</summary>
    public static InfoRecord Read(string folder)
    {
        UniMedConfig config = UniMedConfigFile.Read(Path.Combine(folder, UniMedConfigFile.FileName));
        using SafetensorsSet weights = SafetensorsSet.Open(folder);
        IReadOnlyList<LogicalTensor> tensors = LogicalTensor.All(weights.Tensors, config);
        return new InfoRecord(
            Path.GetFullPath(folder),
            config,
            Sum(tensors, tensor => tensor.Name.Split('.')[0]),
            Sum(tensors, tensor => tensor.Format),
            [.. weights.Files.Select(file => new WeightFile(Path.GetFileName(file.Path), new FileInfo(file.Path).Length))]);
    }

    private static WeightSum[] Sum(IReadOnlyList<LogicalTensor> tensors, Func<LogicalTensor, string> key) =>
        [.. tensors.GroupBy(key).Select(WeightSum.Of).OrderByDescending(sum => sum.Parameters)];
}

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

/// <summary>A weight file of a model folder.</summary>
internal sealed record WeightFile(string Name, long Bytes);
