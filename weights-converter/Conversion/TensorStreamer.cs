using System.Runtime.InteropServices;
using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// Copies planned tensors into safetensors files, converting, merging and quantizing in pieces of about a million elements: memory does not grow with a tensor, except for the
/// scales of a quantized one, a sixteenth of a byte for each weight.
/// </summary>
internal sealed class TensorStreamer(FormatPlan formats, IProgress<ConversionProgress>? progress, CancellationToken cancellation)
{
    private long _done;
    private long _total;

    /// <summary>Writes all tensors into a folder.</summary>
    /// <exception cref="ConversionException">A weight cannot be held by the output format.</exception>
    public void Write(string folder, IReadOnlyList<PlannedTensor> tensors, long maxShardBytes)
    {
        IReadOnlyList<(PlannedTensor Tensor, OutputFormat Format)> ordered = InAlignedOrder(tensors);
        _total = ordered.Sum(t => t.Format.ByteLength(t.Tensor.Source.Shape));
        using var writer = new ShardedSafetensorsWriter(folder, [.. ordered.SelectMany(t => Declare(t.Tensor, t.Format))], maxShardBytes);
        foreach ((PlannedTensor tensor, OutputFormat format) in ordered)
        {
            if (format.IsQuantized)
                WriteQuantized(writer, tensor, format);
            else
                WritePlain(writer, tensor, format.Type);
        }

        writer.Complete();
    }

    /// <summary>
    /// Large elements first, as <see cref="TensorDeclaration.InAlignedOrder"/>; then quantized matrices, each followed by its scales, so that a matrix is quantized once and read
    /// from one place. An odd number of int8 values would put everything behind it at odd addresses, so those come last.
    /// </summary>
    private (PlannedTensor Tensor, OutputFormat Format)[] InAlignedOrder(IReadOnlyList<PlannedTensor> tensors) =>
    [
        .. tensors.Select(tensor => (Tensor: tensor, Format: formats.Of(tensor)))
            .OrderBy(t => t.Format.IsQuantized)
            .ThenByDescending(t => t.Format.Type.Size())
            .ThenBy(t => t.Format.IsQuantized ? t.Format.ByteLength(t.Tensor.Source.Shape) % 2 : 0),
    ];

    private static IEnumerable<TensorDeclaration> Declare(PlannedTensor tensor, OutputFormat format)
    {
        IReadOnlyList<long> shape = tensor.Source.Shape;
        yield return new TensorDeclaration(tensor.Name, format.Type, format.ValueShape(shape));
        if (format.IsQuantized)
            yield return new TensorDeclaration(tensor.Name + TensorNames.ScalesSuffix, ElementType.F16, OutputFormat.ScaleShape(shape));
    }

    private void WritePlain(ShardedSafetensorsWriter writer, PlannedTensor tensor, ElementType type)
    {
        var pieces = new TensorPieces(tensor);
        bool converts = tensor.Lora is not null || pieces.SourceType != type;
        byte[] converted = converts ? new byte[checked(pieces.Size * type.Size())] : [];
        for (long first = 0; first < tensor.Source.Count; first += pieces.Size)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!converts)
            {
                ReadOnlySpan<byte> stored = pieces.ReadStored(first);
                FiniteCheck.ThrowIfNotFinite(tensor, pieces, stored, type, first);
                Append(writer, tensor, stored);
                continue;
            }

            ReadOnlySpan<float> numbers = pieces.ReadNumbers(first).Span;
            FiniteCheck.ThrowIfNotFinite(tensor, pieces, MemoryMarshal.AsBytes(numbers), ElementType.F32, first);
            Span<byte> target = converted.AsSpan(0, numbers.Length * type.Size());
            FloatConversion.FromSingle(numbers, type, target);
            FiniteCheck.ThrowIfOverflown(tensor, numbers, target, type, first);
            Append(writer, tensor, target);
        }
    }

    private void WriteQuantized(ShardedSafetensorsWriter writer, PlannedTensor tensor, OutputFormat format)
    {
        var pieces = new TensorPieces(tensor);
        int columns = checked((int)pieces.Columns);
        int rowBytes = BlockQuantization.RowBytes(format.Format, columns);
        int blocks = BlockQuantization.Blocks(columns);
        var scales = new Half[checked(tensor.Source.Shape[0] * blocks)];
        var values = new byte[checked(pieces.Size / columns * rowBytes)];
        for (long first = 0; first < tensor.Source.Count; first += pieces.Size)
        {
            cancellation.ThrowIfCancellationRequested();
            Memory<float> numbers = pieces.ReadNumbers(first);
            FiniteCheck.ThrowIfNotFinite(tensor, pieces, MemoryMarshal.AsBytes<float>(numbers.Span), ElementType.F32, first);
            FiniteCheck.ThrowIfUnfit(tensor, numbers.Span, format, first);
            int firstRow = (int)(first / columns);
            int rows = numbers.Length / columns;
            Parallel.For(0, rows, row => BlockQuantization.QuantizeRow(
                format.Format,
                numbers.Span.Slice(row * columns, columns),
                values.AsSpan(row * rowBytes, rowBytes),
                scales.AsSpan((firstRow + row) * blocks, blocks)));
            Append(writer, tensor, values.AsSpan(0, rows * rowBytes));
        }

        Append(writer, tensor, MemoryMarshal.AsBytes<Half>(scales));
    }

    private void Append(ShardedSafetensorsWriter writer, PlannedTensor tensor, ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes);
        _done += bytes.Length;
        progress?.Report(new ConversionProgress("Writing tensors", tensor.Name, _done, _total));
    }
}
