using UniMed.Native;

namespace UniMed.Inference.Weights.Layout;

/// <summary>The tensors of a model folder, each checked against the layout that config.json makes.</summary>
internal sealed class ModelWeights(IWeightSource files, string folder)
{
    private const string ConvertAgain = "Convert the model again.";
    private const string OtherModel = "The two belong to different models: convert again.";

    /// <summary>True when the folder holds the tensor.</summary>
    public bool Contains(LayoutTensor tensor) => files.Contains(tensor.Name);

    /// <summary>A tensor as a matrix, in place.</summary>
    /// <remarks>
    /// A floating-point tensor's stored shape may have further dimensions of any split: a convolution is read as a matrix. The matrix of a layer may be quantized: I8 [rows, columns] or
    /// U8 [rows, 16 * blocks] with F16 scales [rows, blocks] beside it. The position embedding may have a square grid of another size than the layout's.
    /// </remarks>
    /// <exception cref="UniMedException">It is missing, of another size, or of a format that its role does not take; or its scales are.</exception>
    public HostTensor Load(LayoutTensor tensor)
    {
        if (!files.Contains(tensor.Name))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{tensor.Name}' is missing; config.json asks for {Size(tensor)}. {ConvertAgain}");
        TensorInfo info = files.Tensors[tensor.Name];
        return tensor.IsLayer && info.Type is ElementType.I8 or ElementType.U8 ? LoadQuantized(tensor, info) : LoadPlain(tensor, info);
    }

    private static string Size(LayoutTensor tensor) => tensor.Role == TensorRole.Positions ? $"rows of {tensor.Columns}" : $"{tensor.Rows} x {tensor.Columns}";

    private HostTensor LoadQuantized(LayoutTensor tensor, TensorInfo info)
    {
        if (!tensor.CutsBetweenBlocks)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"{folder}: tensor '{tensor.Name}' is quantized in blocks of {BlockQuantization.BlockSize}, but column {tensor.SplitAt}, where the engine cuts it, is inside a block. "
                + "Convert the model again; unimed-convert keeps such a tensor in F16.");
        }

        WeightFormat format = info.Type == ElementType.I8 ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32;
        int columns = checked((int)tensor.Columns);
        int blocks = BlockQuantization.Blocks(columns);
        RequireShape(info, tensor.Rows, BlockQuantization.RowBytes(format, columns), $"{Size(tensor)} quantized as {info.Type.SafetensorsName()}");
        string scalesName = tensor.Name + TensorNames.ScalesSuffix;
        if (!files.Contains(scalesName))
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"{folder}: tensor '{tensor.Name}' is {info.Type.SafetensorsName()}, whose scales '{scalesName}' (F16, {tensor.Rows} x {blocks}) are missing. {ConvertAgain}");
        }

        TensorInfo scales = files.Tensors[scalesName];
        if (scales.Type != ElementType.F16)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{scalesName}' is {scales.Type.SafetensorsName()}; scales must be F16. {ConvertAgain}");
        RequireShape(scales, tensor.Rows, blocks, $"the scales of {Size(tensor)} weights");
        return HostTensor.Quantized(format, files.GetTensor(tensor.Name), files.GetTensor(scalesName), columns);
    }

    private HostTensor LoadPlain(LayoutTensor tensor, TensorInfo info)
    {
        string stored = $"{folder}: tensor '{tensor.Name}' is {info.Type.SafetensorsName()}";
        if (!info.Type.IsFloat())
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                !tensor.IsLayer && info.Type is ElementType.I8 or ElementType.U8
                    ? $"{stored}; this one cannot be quantized, it must be F32, F16, BF16 or F64. {ConvertAgain}"
                    : $"{stored}; weights must be F32, F16, BF16 or F64, or I8 or U8 with scales where the matrix of a layer is. {ConvertAgain}");
        }

        if (files.Contains(tensor.Name + TensorNames.ScalesSuffix))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{stored}, but '{tensor.Name + TensorNames.ScalesSuffix}' stands beside it; only I8 and U8 tensors have scales. {ConvertAgain}");
        long rows = tensor.Role == TensorRole.Positions ? Positions(tensor, info) : tensor.Rows;
        if (info.ElementCount != rows * tensor.Columns || info.Shape.Count == 0 || !KeepsRows(info.Shape, rows))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{tensor.Name}' has shape {TensorShape.Format(info.Shape)}; config.json asks for {Size(tensor)}. {OtherModel}");
        return files.GetTensor(tensor.Name).Reshape(checked((int)rows), checked((int)tensor.Columns));
    }

    /// <summary>Rows of a stored position embedding.</summary>
    private long Positions(LayoutTensor tensor, TensorInfo info)
    {
        if (info.Shape.Count == 0 || info.Shape[^1] != tensor.Columns)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{tensor.Name}' has shape {TensorShape.Format(info.Shape)}; config.json asks for {Size(tensor)}. {OtherModel}");
        long rows = info.ElementCount / tensor.Columns;
        var side = (long)Math.Sqrt(Math.Max(rows - 1, 0));
        return side > 0 && (side * side) + 1 == rows
            ? rows
            : throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{tensor.Name}' holds {rows} positions; a class position and a square grid are expected. {ConvertAgain}");
    }

    private void RequireShape(TensorInfo info, long rows, long columns, string what)
    {
        if (info.Shape.Count != 2 || info.Shape[0] != rows || info.Shape[1] != columns)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tensor '{info.Name}' has shape {TensorShape.Format(info.Shape)}; config.json asks for {what}, which is [{rows}, {columns}]. {OtherModel}");
    }

    /// <summary>True when some leading dimensions multiply to the number of rows, so that rows are not torn apart.</summary>
    private static bool KeepsRows(IReadOnlyList<long> shape, long rows)
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
