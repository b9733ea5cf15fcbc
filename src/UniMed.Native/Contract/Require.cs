namespace UniMed.Native;

/// <summary>What the contract asks of arguments: mistakes of the caller, named. <see cref="Device"/> asks, for every device alike.</summary>
/// <remarks>Checks are made for each operation of each decode step: none allocates, and what throws stands in methods of its own where it is long.</remarks>
internal static partial class Require
{
    public static void Length(int count, in Tensor tensor, string name)
    {
        if (count != tensor.Length)
            throw new ArgumentException($"{count} numbers for a {tensor.Rows} x {tensor.Columns} matrix of {tensor.Length}.", name);
    }

    public static void Shape(in Tensor tensor, long rows, long columns, string name)
    {
        if (tensor.Rows != rows || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be {rows} x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    /// <summary>An output and an input that share no element.</summary>
    public static void Apart(in Tensor output, in Tensor input, string name)
    {
        if (Overlap(output, input))
            throw new ArgumentException($"{name} overlaps an input: {Range(output)} and {Range(input)} of one buffer; this operation writes elsewhere.", name);
    }

    /// <summary>An output and an input of one shape that are the same matrix, or share no element.</summary>
    public static void ApartOrSame(in Tensor output, in Tensor input, string name)
    {
        if (output.Offset != input.Offset && Overlap(output, input))
            throw new ArgumentException($"{name} overlaps an input in part: {Range(output)} and {Range(input)} of one buffer; it is the input or lies elsewhere.", name);
    }

    /// <summary>An activation there is.</summary>
    public static void Defined(Activation activation)
    {
        if (activation is not (Activation.None or Activation.Gelu))
            throw new ArgumentOutOfRangeException(nameof(activation), activation, "No such activation.");
    }

    /// <summary>A kind of pooling there is.</summary>
    public static void Defined(PoolKind kind)
    {
        if (kind is not (PoolKind.Average or PoolKind.Max))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such pooling.");
    }

    /// <summary>What is added to a variance: a number, not negative.</summary>
    public static void Epsilon(float eps)
    {
        if (!(eps >= 0 && float.IsFinite(eps)))
            throw new ArgumentOutOfRangeException(nameof(eps), eps, "The epsilon of a norm is a number of at least 0.");
    }

    /// <summary>Whole grids of patches, and a quarter of them pooled.</summary>
    public static void Pool(in Tensor input, int grid, in Tensor output)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grid);
        long images = input.Rows / ((long)grid * grid);
        Shape(input, images * grid * grid, input.Columns, nameof(input));
        Shape(output, images * (grid / 2) * (grid / 2), input.Columns, nameof(output));
    }

    /// <summary>Rows for each token and each of one or more tasks; returns the number of tasks.</summary>
    public static int Tasks(in Tensor tokens, in Tensor perTask, string name)
    {
        int tasks = tokens.Rows == 0 ? 1 : perTask.Rows / tokens.Rows;
        if (tasks == 0 || perTask.Rows != tasks * (long)tokens.Rows)
            throw new ArgumentException($"{name} has {perTask.Rows} rows; it must have {tokens.Rows}, one for each token, or as many for each of several tasks.", name);
        return tasks;
    }

    /// <summary>Rows of the folded first layer: at least one for each task, and as many for each.</summary>
    public static void FoldedRows(in Tensor folded, int tasks)
    {
        if (folded.Rows == 0 || folded.Rows % tasks != 0)
            throw new ArgumentException($"{nameof(folded)} has {folded.Rows} rows for {tasks} tasks; it must have one or more for each, and as many for each.", nameof(folded));
    }

    /// <summary>Whole images, a weight for every token and expert of each task, and options that fit so many experts; returns the number of tasks.</summary>
    public static int Routing(RouterOptions options, in Tensor tokens, int tokensPerImage, in Tensor routingWeights)
    {
        if (options.Kind is not (RouterKind.Soft or RouterKind.Sparse or RouterKind.Hard or RouterKind.Constant))
            throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "No such routing.");
        int experts = routingWeights.Columns;
        int tasks = Tasks(tokens, routingWeights, nameof(routingWeights));
        if (tokens.Rows % tokensPerImage != 0)
            throw new ArgumentException($"{tokens.Rows} rows for images of {tokensPerImage} tokens.", nameof(tokens));
        if (options.Kind == RouterKind.Hard && (uint)options.Expert >= (uint)experts)
            throw new ArgumentException($"Expert {options.Expert} of {experts}.", nameof(options));
        if (options.Kind == RouterKind.Sparse && (options.TopK < 1 || options.TopK > experts))
            throw new ArgumentException($"Top {options.TopK} of {experts} experts.", nameof(options));
        return tasks;
    }

    /// <summary>Token ids of a table, and below zero the complements of rows of the visual tokens.</summary>
    public static void Ids(ReadOnlySpan<int> ids, int vocabulary, int visualTokens)
    {
        foreach (int id in ids)
        {
            if (id >= vocabulary)
                throw new ArgumentException($"Token id {id} in a vocabulary of {vocabulary}.", nameof(ids));
            if (id < 0 && ~id >= visualTokens)
                throw new ArgumentException($"Visual token {~id} of {visualTokens}.", nameof(ids));
        }
    }

    /// <summary>Rows of a matrix.</summary>
    public static void Rows(ReadOnlySpan<int> rows, in Tensor input)
    {
        foreach (int row in rows)
        {
            if ((uint)row >= (uint)input.Rows)
                throw new ArgumentException($"Row {row} of {input.Rows}.", nameof(rows));
        }
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

    private static bool Overlap(in Tensor one, in Tensor other) =>
        ReferenceEquals(one.Buffer, other.Buffer)
        && one.Length != 0 && other.Length != 0
        && one.Offset < other.Offset + other.Length && other.Offset < one.Offset + one.Length;

    private static string Range(in Tensor tensor) => $"elements {tensor.Offset} to {tensor.Offset + tensor.Length - 1}";
}
