using System.Runtime.InteropServices;
using UniMed.Native.Reference;

namespace UniMed.Native.Ilgpu;

/// <summary>Takes weights over: matrices repacked while they travel, vectors as fp32.</summary>
internal sealed partial class IlgpuDevice
{
    private const int StagingBytes = 16 << 20;

    /// <inheritdoc/>
    public LinearWeights LoadLinear(HostTensor weight, HostTensor? bias)
    {
        Require.Weight(weight, nameof(weight));
        float[]? shift = bias is { } given ? Widen(given, weight.Rows, nameof(bias)) : null;
        return new IlgpuLinearWeights(SendStacked([weight]), shift is null ? null : Sent<float>(shift));
    }

    /// <inheritdoc/>
    public NormWeights LoadNorm(HostTensor weight, HostTensor? bias)
    {
        float[] scale = Widen(weight, weight.Columns, nameof(weight));
        float[]? shift = bias is { } given ? Widen(given, weight.Columns, nameof(bias)) : null;
        return new IlgpuNormWeights(Sent<float>(scale), shift is null ? null : Sent<float>(shift), weight.Columns);
    }

    /// <inheritdoc/>
    public GatedWeights LoadGated(HostTensor gate, HostTensor up)
    {
        Require.Weight(gate, nameof(gate));
        Require.Weight(up, nameof(up));
        if (gate.Rows != up.Rows || gate.Columns != up.Columns)
            throw new ArgumentException($"gate_proj is {gate.Rows} x {gate.Columns}, up_proj {up.Rows} x {up.Columns}.", nameof(up));
        int rows = checked(2 * gate.Rows);
        return new IlgpuGatedWeights(SendMatrix(WeightLayout.FormatOf([gate, up]), rows, gate.Columns, 1, (_, row) => (row % 2 == 0 ? gate : up, row / 2)));
    }

    /// <inheritdoc/>
    public QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        ArgumentNullException.ThrowIfNull(rotary);
        Require.Weight(query, nameof(query));
        Require.Weight(key, nameof(key));
        Require.Weight(value, nameof(value));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kvHeads);
        int headDim = rotary.HeadDim;
        if (heads % kvHeads != 0 || query.Rows != (long)heads * headDim || key.Rows != (long)kvHeads * headDim || value.Rows != key.Rows)
            throw new ArgumentException($"{heads} heads and {kvHeads} kv heads of {headDim} do not fit q_proj, k_proj, v_proj with {query.Rows}, {key.Rows}, {value.Rows} rows.", nameof(query));
        if (query.Columns != key.Columns || query.Columns != value.Columns)
            throw new ArgumentException($"q_proj, k_proj, v_proj take {query.Columns}, {key.Columns}, {value.Columns} channels.", nameof(query));
        int half = headDim / 2;
        var cos = new float[rotary.Positions * half];
        var sin = new float[cos.Length];
        for (int position = 0; position < rotary.Positions; position++)
        {
            rotary.Cos(position).CopyTo(cos.AsSpan(position * half));
            rotary.Sin(position).CopyTo(sin.AsSpan(position * half));
        }

        return new IlgpuQkvWeights(SendStacked([query, key, value]), Sent<float>(cos), Sent<float>(sin), heads, kvHeads, headDim, rotary.Positions);
    }

    /// <inheritdoc/>
    public PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    {
        Require.Float(weight, nameof(weight));
        Require.Float(positions, nameof(positions));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grid);
        if (weight.Columns != 3L * patchSize * patchSize)
            throw new ArgumentException($"A convolution over 3 x {patchSize} x {patchSize} takes {3L * patchSize * patchSize} numbers, not {weight.Columns}.", nameof(weight));
        if (positions.Rows != 1 + ((long)grid * grid) || positions.Columns != weight.Rows)
            throw new ArgumentException($"Positions must be {1 + ((long)grid * grid)} x {weight.Rows}, not {positions.Rows} x {positions.Columns}.", nameof(positions));
        float[] shift = Widen(bias, weight.Rows, nameof(bias));
        float[] first = Widen(classToken, weight.Rows, nameof(classToken));
        return new IlgpuPatchEmbeddingWeights(SendStacked([weight]), Sent<float>(shift), Sent<float>(first), Sent<float>(positions.ToSingleArray()), patchSize, grid);
    }

    /// <inheritdoc/>
    public EmbeddingWeights LoadEmbedding(HostTensor table)
    {
        Require.Float(table, nameof(table));
        WordFormat format = WeightLayout.FormatOf([table]);
        ElementType type = format == WordFormat.F32 ? ElementType.F32 : table.Type;
        int rowWords = Blocks((long)table.Columns * type.Size(), sizeof(uint));
        IlgpuMemory memory = Take(Math.Max(1, (long)table.Rows * rowWords) * sizeof(uint));
        int rowsAtOnce = Math.Max(1, StagingBytes / sizeof(uint) / Math.Max(1, rowWords));
        var staging = new uint[Math.Min(rowsAtOnce, table.Rows) * rowWords];
        var values = new float[table.Columns];
        for (int first = 0; first < table.Rows; first += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, table.Rows - first);
            for (int row = 0; row < rows; row++)
            {
                table.CopyRowTo(first + row, values);
                FloatConversion.FromSingle(values, type, MemoryMarshal.AsBytes(staging.AsSpan(row * rowWords, rowWords)));
            }

            Send<uint>(memory.View<uint>().SubView((long)first * rowWords, (long)rows * rowWords), staging.AsSpan(0, rows * rowWords));
        }

        return new IlgpuEmbeddingWeights(memory, format, table.Rows, table.Columns, rowWords);
    }

    /// <inheritdoc/>
    public RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        Require.Weight(fc1, nameof(fc1));
        Require.Weight(fc2, nameof(fc2));
        if (fc2.Columns != fc1.Rows)
            throw new ArgumentException($"fc2 takes {fc2.Columns} channels, fc1 gives {fc1.Rows}.", nameof(fc2));
        HostTensor task = fc1.SliceColumns(0, taskColumns);
        HostTensor token = fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns);
        float[] first = Widen(fc1Bias, fc1.Rows, nameof(fc1Bias));
        float[] second = Widen(fc2Bias, fc2.Rows, nameof(fc2Bias));
        return new IlgpuRouterWeights(SendStacked([task]), SendStacked([token]), Sent<float>(first), SendStacked([fc2]), Sent<float>(second));
    }

    /// <inheritdoc/>
    public ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count == 0 || (second.Count != 0 && second.Count != first.Count))
            throw new ArgumentException($"{first.Count} first and {second.Count} second layers.", nameof(second));
        CheckExperts(first, first[0].Weight.Columns, nameof(first));
        if (second.Count > 0)
            CheckExperts(second, first[0].Weight.Rows, nameof(second));
        // Everything is checked before memory is taken.
        float[] firstBias = [.. first.SelectMany(layer => Widen(layer.Bias, layer.Weight.Rows, nameof(first)))];
        float[] secondBias = [.. second.SelectMany(layer => Widen(layer.Bias, layer.Weight.Rows, nameof(second)))];
        return new IlgpuExpertWeights(
            SendExperts(first),
            Sent<float>(firstBias),
            second.Count == 0 ? null : SendExperts(second),
            second.Count == 0 ? null : Sent<float>(secondBias),
            first.Count);
    }

    private static void CheckExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers, int columns, string name)
    {
        for (int expert = 0; expert < layers.Count; expert++)
        {
            Require.Weight(layers[expert].Weight, name);
            if (layers[expert].Weight.Rows != layers[0].Weight.Rows || layers[expert].Weight.Columns != columns)
                throw new ArgumentException($"Expert {expert} is {layers[expert].Weight.Rows} x {layers[expert].Weight.Columns}; {layers[0].Weight.Rows} x {columns} is expected.", name);
        }
    }

    private static float[] Widen(HostTensor vector, int columns, string name)
    {
        Require.Vector(vector, columns, name);
        Require.Float(vector, name);
        return vector.ToSingleArray();
    }

    private IlgpuMatrix SendExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers) => SendMatrix(
        WeightLayout.FormatOf(layers.Select(layer => layer.Weight)), layers[0].Weight.Rows, layers[0].Weight.Columns, layers.Count, (expert, row) => (layers[expert].Weight, row));

    /// <summary>Matrices over the same columns as one, their rows one after the other.</summary>
    private IlgpuMatrix SendStacked(IReadOnlyList<HostTensor> parts) => SendMatrix(
        WeightLayout.FormatOf(parts),
        checked((int)parts.Sum(part => (long)part.Rows)),
        parts[0].Columns,
        1,
        (_, row) =>
        {
            int part = 0;
            for (; row >= parts[part].Rows; part++)
                row -= parts[part].Rows;
            return (parts[part], row);
        });

    private IlgpuMatrix SendMatrix(WordFormat format, int rows, int columns, int experts, Func<int, int, (HostTensor Tensor, int Row)> rowOf)
    {
        int tiles = WeightLayout.Tiles(rows);
        int tileWords = WeightLayout.TileWords(format, columns);
        int tileScales = WeightLayout.HasScales(format) ? BlockQuantization.Blocks(columns) * Kernels.LinearKernels.TileRows : 0;
        long all = (long)tiles * experts;
        IlgpuMemory words = Take(Math.Max(1, all * tileWords) * sizeof(uint));
        IlgpuMemory? scales = tileScales == 0 ? null : Take(Math.Max(1, all * tileScales) * sizeof(ushort));
        int atOnce = (int)Math.Min(all, Math.Max(1, StagingBytes / sizeof(uint) / Math.Max(1, tileWords)));
        var stagedWords = new uint[atOnce * tileWords];
        var stagedScales = new ushort[atOnce * tileScales];
        for (long first = 0; first < all; first += atOnce)
        {
            int count = (int)Math.Min(atOnce, all - first);
            long from = first;
            Parallel.For(0, count, i =>
            {
                int expert = (int)((from + i) / tiles);
                WeightLayout.Pack(
                    format,
                    (int)((from + i) % tiles),
                    rows,
                    columns,
                    row => rowOf(expert, row),
                    stagedWords.AsSpan(i * tileWords, tileWords),
                    stagedScales.AsSpan(i * tileScales, tileScales));
            });
            Send<uint>(words.View<uint>().SubView(first * tileWords, (long)count * tileWords), stagedWords.AsSpan(0, count * tileWords));
            if (scales is not null)
                Send<ushort>(scales.View<ushort>().SubView(first * tileScales, (long)count * tileScales), stagedScales.AsSpan(0, count * tileScales));
        }

        return new IlgpuMatrix(words, scales, format, rows, columns);
    }
}
