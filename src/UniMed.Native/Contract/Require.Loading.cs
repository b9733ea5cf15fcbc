namespace UniMed.Native;

/// <content>Weights, before a device takes them over: all is checked before memory is.</content>
internal static partial class Require
{
    /// <summary>Checks a vector and widens it.</summary>
    public static float[] Widened(HostTensor vector, int columns, string name)
    {
        Vector(vector, columns, name);
        Float(vector, name);
        return vector.ToSingleArray();
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

    /// <summary>The convolution of a patch embedding and its positions; its vectors are checked when they are widened.</summary>
    public static void PatchEmbedding(HostTensor weight, HostTensor positions, int patchSize, int grid)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grid);
        Float(weight, nameof(weight));
        Float(positions, nameof(positions));
        if (weight.Columns != 3L * patchSize * patchSize)
            throw new ArgumentException($"A convolution over 3 x {patchSize} x {patchSize} takes {3L * patchSize * patchSize} numbers, not {weight.Columns}.", nameof(weight));
        if (positions.Rows != 1 + ((long)grid * grid) || positions.Columns != weight.Rows)
            throw new ArgumentException($"Positions must be {1 + ((long)grid * grid)} x {weight.Rows}, not {positions.Rows} x {positions.Columns}.", nameof(positions));
    }

    /// <summary>The router's two layers.</summary>
    public static void Router(HostTensor fc1, HostTensor fc2)
    {
        Weight(fc1, nameof(fc1));
        Weight(fc2, nameof(fc2));
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
            if (layers[expert].Weight.Rows != layers[0].Weight.Rows || layers[expert].Weight.Columns != columns)
                throw new ArgumentException($"Expert {expert} is {layers[expert].Weight.Rows} x {layers[expert].Weight.Columns}; {layers[0].Weight.Rows} x {columns} is expected.", name);
        }
    }
}
