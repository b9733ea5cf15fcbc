using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>The tensors of a model folder by name, each checked against the shape that config.json makes of it.</summary>
internal sealed class ModelWeights(IWeightSource files, string folder)
{
    private const string ConvertAgain = "Convert the model again.";

    /// <summary>True when the folder holds the tensor.</summary>
    public bool Contains(string name) => files.Contains(name);

    /// <summary>
    /// The matrix of a layer, floating point or quantized. A floating-point tensor's stored shape may have further dimensions of any split: a convolution is read as a matrix.
    /// A quantized one is I8 [rows, columns] or U8 [rows, 16 * blocks] with F16 scales [rows, blocks] beside it.
    /// </summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="rows">Output features.</param>
    /// <param name="columns">Input features.</param>
    /// <param name="splitAt">A column at which the engine cuts the matrix in two: a quantized one must have a block border there.</param>
    /// <exception cref="UniMedException">It is missing, of another type or size, or its scales are.</exception>
    public HostTensor Matrix(string name, int rows, int columns, int splitAt = 0)
    {
        TensorInfo info = Find(name, rows, columns);
        if (info.Type is not (ElementType.I8 or ElementType.U8))
            return FloatMatrix(name, rows, columns);
        if (splitAt % BlockQuantization.BlockSize != 0 && splitAt != columns)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"{folder}: tensor '{name}' is quantized in blocks of {BlockQuantization.BlockSize}, but column {splitAt}, where the engine cuts it, is inside a block. Convert the model again; unimed-convert keeps such a tensor in F16.");
        }

        WeightFormat format = info.Type == ElementType.I8 ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32;
        int blocks = BlockQuantization.Blocks(columns);
        RequireShape(name, info, rows, BlockQuantization.RowBytes(format, columns), $"{rows} x {columns} quantized as {info.Type.SafetensorsName()}");
        string scalesName = name + TensorNames.ScalesSuffix;
        if (!files.Contains(scalesName))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' is {info.Type.SafetensorsName()}, whose scales '{scalesName}' (F16, {rows} x {blocks}) are missing. {ConvertAgain}");
        TensorInfo scales = files.Tensors[scalesName];
        if (scales.Type != ElementType.F16)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{scalesName}' is {scales.Type.SafetensorsName()}; scales must be F16. {ConvertAgain}");
        RequireShape(scalesName, scales, rows, blocks, $"the scales of {rows} x {columns} weights");
        return HostTensor.Quantized(format, files.GetTensor(name), files.GetTensor(scalesName), columns);
    }

    /// <summary>A matrix that is never quantized: an embedding table, a patch embedding.</summary>
    /// <exception cref="UniMedException">It is missing, not floating point, or of another size.</exception>
    public HostTensor FloatMatrix(string name, int rows, int columns)
    {
        TensorInfo info = Find(name, rows, columns);
        if (info.Type is ElementType.I8 or ElementType.U8)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' is {info.Type.SafetensorsName()}; this one cannot be quantized, it must be F32, F16, BF16 or F64. {ConvertAgain}");
        if (!info.Type.IsFloat())
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' is {info.Type.SafetensorsName()}; weights must be F32, F16, BF16 or F64, or I8 or U8 with scales. {ConvertAgain}");
        if (files.Contains(name + TensorNames.ScalesSuffix))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' is {info.Type.SafetensorsName()}, but '{name + TensorNames.ScalesSuffix}' stands beside it; only I8 and U8 tensors have scales. {ConvertAgain}");
        if (info.ElementCount != (long)rows * columns || info.Shape.Count == 0 || !KeepsRows(info.Shape, rows))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; config.json asks for {rows} x {columns}. The two belong to different models: convert again.");
        return files.GetTensor(name).Reshape(rows, columns);
    }

    /// <summary>A floating-point vector of the given length.</summary>
    /// <exception cref="UniMedException">As <see cref="FloatMatrix"/>.</exception>
    public HostTensor Vector(string name, int columns) => FloatMatrix(name, 1, columns);

    /// <summary>Number of rows when the tensor is read as rows of the given width.</summary>
    /// <exception cref="UniMedException">It is missing, or not made of such rows.</exception>
    public int RowsOf(string name, int columns)
    {
        if (!files.Contains(name))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' is missing. {ConvertAgain}");
        TensorInfo info = files.Tensors[name];
        if (info.Shape.Count == 0 || info.Shape[^1] != columns || info.ElementCount / columns > int.MaxValue)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; config.json asks for rows of {columns}. The two belong to different models: convert again.");
        return (int)(info.ElementCount / columns);
    }

    private TensorInfo Find(string name, int rows, int columns) =>
        files.Contains(name)
            ? files.Tensors[name]
            : throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{name}' is missing; config.json asks for {rows} x {columns}. {ConvertAgain}");

    private void RequireShape(string name, TensorInfo info, int rows, int columns, string what)
    {
        if (info.Shape.Count != 2 || info.Shape[0] != rows || info.Shape[1] != columns)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"{folder}: tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; config.json asks for {what}, which is [{rows}, {columns}]. The two belong to different models: convert again.");
        }
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
