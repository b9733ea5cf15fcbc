using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>The tensors of a model folder by name, each checked against the shape that config.json makes of it.</summary>
internal sealed class ModelWeights(SafetensorsSet files, string folder)
{
    /// <summary>True when the folder holds the tensor.</summary>
    public bool Contains(string name) => files.Contains(name);

    /// <summary>A floating-point tensor of rows x columns elements whose stored shape may have further dimensions of any split: a convolution is read as a matrix.</summary>
    /// <exception cref="UniMedException">It is missing, not floating point, or of another size.</exception>
    public HostTensor Matrix(string name, int rows, int columns)
    {
        if (!files.Contains(name))
            throw new UniMedException($"{folder}: tensor '{name}' is missing; config.json asks for {rows} x {columns}. Convert the model again.");
        TensorInfo info = files.Tensors[name];
        if (!info.Type.IsFloat())
            throw new UniMedException($"{folder}: tensor '{name}' is {info.Type.SafetensorsName()}; weights must be F32, F16, BF16 or F64. Convert the model again.");
        if (info.ElementCount != (long)rows * columns || info.Shape.Count == 0 || !KeepsRows(info.Shape, rows))
            throw new UniMedException($"{folder}: tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; config.json asks for {rows} x {columns}. The two belong to different models: convert again.");
        return files.GetTensor(name).Reshape(rows, columns);
    }

    /// <summary>A vector of the given length.</summary>
    /// <exception cref="UniMedException">As <see cref="Matrix"/>.</exception>
    public HostTensor Vector(string name, int columns) => Matrix(name, 1, columns);

    /// <summary>Number of rows when the tensor is read as rows of the given width.</summary>
    /// <exception cref="UniMedException">It is missing, or not made of such rows.</exception>
    public int RowsOf(string name, int columns)
    {
        if (!files.Contains(name))
            throw new UniMedException($"{folder}: tensor '{name}' is missing. Convert the model again.");
        TensorInfo info = files.Tensors[name];
        if (info.Shape.Count == 0 || info.Shape[^1] != columns || info.ElementCount / columns > int.MaxValue)
            throw new UniMedException($"{folder}: tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; config.json asks for rows of {columns}. The two belong to different models: convert again.");
        return (int)(info.ElementCount / columns);
    }

    /// <summary>True when some leading dimensions multiply to the number of rows, so that rows are not torn apart.</summary>
    private static bool KeepsRows(IReadOnlyList<long> shape, int rows)
    {
        long product = 1;
        if (rows == 1)
            return true;
        foreach (long dimension in shape)
        {
            product *= dimension;
            if (product == rows)
                return true;
        }

        return false;
    }
}
