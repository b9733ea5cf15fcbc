using System.Runtime.InteropServices;

namespace UniMed.Native.Ilgpu;

/// <summary>Takes weights over: matrices repacked while they travel, vectors as fp32.</summary>
internal sealed partial class IlgpuDevice
{
    private const int StagingBytes = 16 << 20;

    /// <inheritdoc/>
    public override LinearWeights LoadLinear(HostTensor weight, HostTensor? bias)
    {
        Require.Weight(weight, nameof(weight));
        float[]? shift = bias is { } given ? Require.Widened(given, weight.Rows, nameof(bias)) : null;
        return new IlgpuLinearWeights(SendStacked([weight]), shift is null ? null : Sent<float>(shift));
    }

    /// <inheritdoc/>
    public override NormWeights LoadNorm(HostTensor weight, HostTensor? bias)
    {
        float[] scale = Require.Widened(weight, weight.Columns, nameof(weight));
        float[]? shift = bias is { } given ? Require.Widened(given, weight.Columns, nameof(bias)) : null;
        return new IlgpuNormWeights(Sent<float>(scale), shift is null ? null : Sent<float>(shift), weight.Columns);
    }

    /// <inheritdoc/>
    public override GatedWeights LoadGated(HostTensor gate, HostTensor up)
    {
        Require.Gated(gate, up);
        int rows = checked(2 * gate.Rows);
        return new IlgpuGatedWeights(SendMatrix(WeightLayout.FormatOf([gate, up]), rows, gate.Columns, 1, (_, row) => (row % 2 == 0 ? gate : up, row / 2)));
    }

    /// <inheritdoc/>
    public override QkvWeights LoadQkv(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        Require.Qkv(query, key, value, heads, kvHeads, rotary);
        int headDim = rotary.HeadDim;
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
    public override PatchEmbeddingWeights LoadPatchEmbedding(HostTensor weight, HostTensor bias, HostTensor classToken, HostTensor positions, int patchSize, int grid)
    {
        Require.PatchEmbedding(weight, positions, patchSize, grid);
        float[] shift = Require.Widened(bias, weight.Rows, nameof(bias));
        float[] first = Require.Widened(classToken, weight.Rows, nameof(classToken));
        return new IlgpuPatchEmbeddingWeights(SendStacked([weight]), Sent<float>(shift), Sent<float>(first), Sent<float>(positions.ToSingleArray()), patchSize, grid);
    }

    /// <inheritdoc/>
    public override EmbeddingWeights LoadEmbedding(HostTensor table)
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
    public override RouterWeights LoadRouter(HostTensor fc1, HostTensor fc1Bias, HostTensor fc2, HostTensor fc2Bias, int taskColumns)
    {
        Require.Router(fc1, fc2);
        HostTensor task = fc1.SliceColumns(0, taskColumns);
        HostTensor token = fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns);
        float[] first = Require.Widened(fc1Bias, fc1.Rows, nameof(fc1Bias));
        float[] second = Require.Widened(fc2Bias, fc2.Rows, nameof(fc2Bias));
        return new IlgpuRouterWeights(SendStacked([task]), SendStacked([token]), Sent<float>(first), SendStacked([fc2]), Sent<float>(second));
    }

    /// <inheritdoc/>
    public override ExpertWeights LoadExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> first, IReadOnlyList<(HostTensor Weight, HostTensor Bias)> second)
    {
        Require.Experts(first, second);
        // Everything is checked before memory is taken.
        float[] firstBias = [.. first.SelectMany(layer => Require.Widened(layer.Bias, layer.Weight.Rows, nameof(first)))];
        float[] secondBias = [.. second.SelectMany(layer => Require.Widened(layer.Bias, layer.Weight.Rows, nameof(second)))];
        return new IlgpuExpertWeights(
            SendExperts(first),
            Sent<float>(firstBias),
            second.Count == 0 ? null : SendExperts(second),
            second.Count == 0 ? null : Sent<float>(secondBias),
            first.Count);
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
