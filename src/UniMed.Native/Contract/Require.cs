namespace UniMed.Native;

/// <summary>What the contract asks of arguments, checked alike by every device: mistakes of the caller, named.</summary>
internal static partial class Require
{
    public static void Shape(Tensor tensor, long rows, long columns, string name)
    {
        if (tensor.Rows != rows || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be {rows} x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    public static void Vector(HostTensor tensor, int columns, string name)
    {
        if (tensor.Rows != 1 || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be 1 x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    /// <summary>What may be the matrix of a layer.</summary>
    public static void Weight(HostTensor tensor, string name)
    {
        if (!tensor.IsWeight)
            throw new ArgumentException($"{name} is {tensor.Type.SafetensorsName()}; F32, F16, BF16 and F64 matrices and int8 and int4 blocks are taken.", name);
    }

    /// <summary>Vectors and tables.</summary>
    public static void Float(HostTensor tensor, string name)
    {
        if (tensor.Format != WeightFormat.Plain || !tensor.Type.IsFloat())
        {
            string found = tensor.Format == WeightFormat.Plain ? tensor.Type.SafetensorsName() : tensor.Format.ToString();
            throw new ArgumentException($"{name} is {found}; it is taken as F32, F16, BF16 or F64.", name);
        }
    }

    /// <summary>Whole grids of patches, and a quarter of them pooled.</summary>
    public static void Pool(Tensor input, int grid, Tensor output)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grid);
        long images = input.Rows / ((long)grid * grid);
        Shape(input, images * grid * grid, input.Columns, nameof(input));
        Shape(output, images * (grid / 2) * (grid / 2), input.Columns, nameof(output));
    }

    /// <summary>Rows for each token and each of one or more tasks; returns the number of tasks.</summary>
    public static int Tasks(Tensor tokens, Tensor perTask, string name)
    {
        int tasks = tokens.Rows == 0 ? 1 : perTask.Rows / tokens.Rows;
        if (tasks == 0 || perTask.Rows != tasks * (long)tokens.Rows)
            throw new ArgumentException($"{name} has {perTask.Rows} rows; it must have {tokens.Rows}, one for each token, or as many for each of several tasks.", name);
        return tasks;
    }

    /// <summary>Rows of the folded first layer: at least one for each task, and as many for each; returns the number for one.</summary>
    public static int FoldedRows(Tensor folded, int tasks, int hidden)
    {
        if (folded.Rows == 0 || folded.Rows % tasks != 0)
            throw new ArgumentException($"{nameof(folded)} has {folded.Rows} rows for {tasks} tasks; it must have one or more for each, and as many for each.", nameof(folded));
        Shape(folded, folded.Rows, hidden, nameof(folded));
        return folded.Rows / tasks;
    }

    /// <summary>A weight for every token and expert of each task, and options that fit so many experts; returns the number of tasks.</summary>
    public static int Routing(RouterOptions options, Tensor tokens, Tensor routingWeights)
    {
        int experts = routingWeights.Columns;
        int tasks = Tasks(tokens, routingWeights, nameof(routingWeights));
        if (options.Kind == RouterKind.Hard && (uint)options.Expert >= (uint)experts)
            throw new ArgumentException($"Expert {options.Expert} of {experts}.", nameof(options));
        if (options.Kind == RouterKind.Sparse && (options.TopK < 1 || options.TopK > experts))
            throw new ArgumentException($"Top {options.TopK} of {experts} experts.", nameof(options));
        return tasks;
    }

    public static void Offsets(ReadOnlySpan<int> offsets, int rows, string name)
    {
        if (offsets.Length == 0 || offsets[0] != 0 || offsets[^1] != rows)
            throw new ArgumentException($"{name} must run from 0 to {rows}.", name);
        for (int i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] < offsets[i - 1])
                throw new ArgumentException($"{name} falls from {offsets[i - 1]} to {offsets[i]}.", name);
        }
    }
}
