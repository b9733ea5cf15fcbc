namespace UniMed.Native;

/// <content>Weights, before a device takes them over: all is checked before memory is.</content>
internal static partial class Require
{
    /// <summary>What may be the matrix of a layer.</summary>
    public static void Weight(HostTensor tensor, string name)
    {
        if (!tensor.IsWeight)
            throw new ArgumentException($"{name} is {tensor.Type.SafetensorsName()}; F32, F16, BF16 and F64 matrices and int8 and int4 blocks are taken.", name);
        NotEmpty(tensor, name);
    }

    /// <summary>Vectors and tables.</summary>
    public static void Float(HostTensor tensor, string name)
    {
        if (tensor.Format != WeightFormat.Plain || !tensor.Type.IsFloat())
        {
            string found = tensor.Format == WeightFormat.Plain ? tensor.Type.SafetensorsName() : tensor.Format.ToString();
            throw new ArgumentException($"{name} is {found}; it is taken as F32, F16, BF16 or F64.", name);
        }

        NotEmpty(tensor, name);
    }

    /// <summary>A bias, a scale or another vector of floating-point numbers.</summary>
    public static void Vector(HostTensor tensor, int columns, string name)
    {
        Float(tensor, name);
        if (tensor.Rows != 1 || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be 1 x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    /// <summary>gate_proj and up_proj.</summary>
    public static void Gated(HostTensor gate, HostTensor up)
    {
        Weight(gate, nameof(gate));
        Weight(up, nameof(up));
        if (gate.Rows != up.Rows || gate.Columns != up.Columns)
            throw new ArgumentException($"gate_proj is {gate.Rows} x {gate.Columns}, up_proj {up.Rows} x {up.Columns}.", nameof(up));
    }

    /// <summary>q_proj, k_proj, v_proj and their heads.</summary>
    public static void Qkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        ArgumentNullException.ThrowIfNull(rotary);
        Weight(query, nameof(query));
        Weight(key, nameof(key));
        Weight(value, nameof(value));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kvHeads);
        if (heads % kvHeads != 0 || query.Rows != (long)heads * rotary.HeadDim || key.Rows != (long)kvHeads * rotary.HeadDim || value.Rows != key.Rows)
        {
            throw new ArgumentException(
                $"{heads} heads and {kvHeads} kv heads of {rotary.HeadDim} do not fit q_proj, k_proj, v_proj with {query.Rows}, {key.Rows}, {value.Rows} rows.", nameof(query));
        }

        if (query.Columns != key.Columns || query.Columns != value.Columns)
            throw new ArgumentException($"q_proj, k_proj, v_proj take {query.Columns}, {key.Columns}, {value.Columns} channels.", nameof(query));
    }

    /// <summary>The convolution of a patch embedding, its vectors and its positions.</summary>
    public static void PatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grid);
        Float(weight, nameof(weight));
        Vector(bias, weight.Rows, nameof(bias));
        Vector(classToken, weight.Rows, nameof(classToken));
        Float(positions, nameof(positions));
        if (weight.Columns != 3L * patchSize * patchSize)
            throw new ArgumentException($"A convolution over 3 x {patchSize} x {patchSize} takes {3L * patchSize * patchSize} numbers, not {weight.Columns}.", nameof(weight));
        if (positions.Rows != 1 + ((long)grid * grid) || positions.Columns != weight.Rows)
            throw new ArgumentException($"Positions must be {1 + ((long)grid * grid)} x {weight.Rows}, not {positions.Rows} x {positions.Columns}.", nameof(positions));
    }

    /// <summary>The router's two layers, and where the first one is split.</summary>
    public static void Router(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        Weight(fc1, nameof(fc1));
        Weight(fc2, nameof(fc2));
        Vector(fc1Bias, fc1.Rows, nameof(fc1Bias));
        Vector(fc2Bias, fc2.Rows, nameof(fc2Bias));
        ArgumentOutOfRangeException.ThrowIfNegative(taskColumns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(taskColumns, fc1.Columns);
        if (fc1.Format != WeightFormat.Plain && taskColumns != fc1.Columns && taskColumns % BlockQuantization.BlockSize != 0)
            throw new ArgumentException($"{taskColumns} task columns tear a block of {BlockQuantization.BlockSize}; a quantized fc1 is split between blocks.", nameof(taskColumns));
        if (fc2.Columns != fc1.Rows)
            throw new ArgumentException($"fc2 takes {fc2.Columns} channels, fc1 gives {fc1.Rows}.", nameof(fc2));
    }

    /// <summary>The experts' first layers, and their second ones or none.</summary>
    public static void Experts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count == 0 || (second.Count != 0 && second.Count != first.Count))
            throw new ArgumentException($"{first.Count} first and {second.Count} second layers.", nameof(second));
        Experts(first, first[0].Weight.Columns, nameof(first));
        if (second.Count > 0)
            Experts(second, first[0].Weight.Rows, nameof(second));
    }

    private static void Experts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers, int columns, string name)
    {
        for (int expert = 0; expert < layers.Count; expert++)
        {
            Weight(layers[expert].Weight, name);
            Vector(layers[expert].Bias, layers[expert].Weight.Rows, name);
            if (layers[expert].Weight.Rows != layers[0].Weight.Rows || layers[expert].Weight.Columns != columns)
                throw new ArgumentException($"Expert {expert} is {layers[expert].Weight.Rows} x {layers[expert].Weight.Columns}; {layers[0].Weight.Rows} x {columns} is expected.", name);
        }
    }

    private static void NotEmpty(HostTensor tensor, string name)
    {
        if (tensor.Rows == 0 || tensor.Columns == 0)
            throw new ArgumentException($"{name} is {tensor.Rows} x {tensor.Columns}; a weight has a row and a column at least.", name);
    }
}
