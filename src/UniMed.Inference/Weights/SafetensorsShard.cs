using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>One file of a sharded model that is about to be written.</summary>
/// <param name="FileName">Name without folder.</param>
/// <param name="Tensors">Its tensors, in order.</param>
/// <param name="Bytes">Bytes of their data.</param>
internal sealed record SafetensorsShard(string FileName, IReadOnlyList<TensorDeclaration> Tensors, long Bytes)
{
    /// <summary>Splits tensors, in their order, into shards and names those.</summary>
    /// <param name="folder">Where the files will lie, for messages.</param>
    /// <param name="tensors">Tensors in the order in which their data will come.</param>
    /// <param name="maxShardBytes">Most bytes in one shard; a larger tensor gets its own.</param>
    /// <exception cref="SafetensorsException">A declaration is not possible.</exception>
    public static IReadOnlyList<SafetensorsShard> Plan(string folder, IReadOnlyList<TensorDeclaration> tensors, long maxShardBytes)
    {
        List<List<TensorDeclaration>> parts = Split(folder, tensors, maxShardBytes);
        var shards = new List<SafetensorsShard>(parts.Count);
        for (int i = 0; i < parts.Count; i++)
        {
            string name = parts.Count == 1 ? SafetensorsSet.SingleName : $"model-{i + 1:D5}-of-{parts.Count:D5}.safetensors";
            IReadOnlyList<TensorInfo> layout = SafetensorsHeaderWriter.LayOut(Path.Combine(folder, name), parts[i]);
            shards.Add(new SafetensorsShard(name, parts[i], layout.Sum(t => t.ByteLength)));
        }

        return shards;
    }

    private static List<List<TensorDeclaration>> Split(string folder, IReadOnlyList<TensorDeclaration> tensors, long maxShardBytes)
    {
        var parts = new List<List<TensorDeclaration>> { new() };
        var names = new HashSet<string>(tensors.Count);
        long size = 0;
        foreach (TensorDeclaration tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new SafetensorsException(folder, tensor.Name, "It is declared twice.");
            if (!TensorShape.TryByteLength(tensor.Shape, tensor.Type.Size(), out long bytes))
                throw new SafetensorsException(folder, tensor.Name, $"Shape {TensorShape.Format(tensor.Shape)} has a negative dimension or is too large.");
            if (parts[^1].Count > 0 && bytes > maxShardBytes - size)
            {
                parts.Add([]);
                size = 0;
            }

            parts[^1].Add(tensor);
            size += bytes;
        }

        return parts;
    }
}
