using System.Runtime.InteropServices;

namespace UniMed.Native.Ilgpu;

/// <summary>Takes weights over: matrices repacked while they travel, vectors as fp32.</summary>
internal sealed partial class IlgpuDevice
{
    private const int StagingBytes = 16 << 20;

    /// <inheritdoc/>
    protected override EmbeddingWeights LoadEmbeddingCore(HostTensor table)
    {
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

        return new IlgpuEmbeddingWeights(this, memory, format, table.Rows, table.Columns, rowWords);
    }

    /// <inheritdoc/>
    protected override IlgpuMemory SendVector(ReadOnlySpan<float> values) => Sent(values);

    /// <inheritdoc/>
    protected override IlgpuMatrix SendRouterOutput(HostTensor fc2) => SendStacked([fc2]);

    /// <inheritdoc/>
    /// <remarks>Their rows take turns.</remarks>
    protected override IlgpuMatrix SendGated(HostTensor gate, HostTensor up) =>
        SendMatrix(WeightLayout.FormatOf([gate, up]), checked(2 * gate.Rows), gate.Columns, 1, (_, row) => (row % 2 == 0 ? gate : up, row / 2));

    /// <inheritdoc/>
    protected override IlgpuMatrix SendExperts(IReadOnlyList<(HostTensor Weight, HostTensor Bias)> layers) => SendMatrix(
        WeightLayout.FormatOf(layers.Select(layer => layer.Weight)), layers[0].Weight.Rows, layers[0].Weight.Columns, layers.Count, (expert, row) => (layers[expert].Weight, row));

    /// <inheritdoc/>
    protected override IlgpuMatrix SendStacked(IReadOnlyList<HostTensor> parts) => SendMatrix(
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
