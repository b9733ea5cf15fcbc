using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Copies planned tensors into safetensors files, converting and merging in pieces of about a million elements: memory does not grow with a tensor.</summary>
internal sealed class TensorStreamer(WeightDtype dtype, IProgress<ConversionProgress>? progress, CancellationToken cancellation)
{
    private const int PieceElements = 1 << 20;

    private long _done;
    private long _total;

    /// <summary>Writes all tensors into a folder.</summary>
    /// <exception cref="ConversionException">A finite weight is too large for the output type.</exception>
    public void Write(string folder, IReadOnlyList<PlannedTensor> tensors, long maxShardBytes)
    {
        Dictionary<string, PlannedTensor> planned = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        IReadOnlyList<TensorDeclaration> declarations =
            TensorDeclaration.InAlignedOrder(tensors.Select(t => new TensorDeclaration(t.Name, t.OutputType(dtype), t.Source.Shape)));
        _total = tensors.Sum(t => t.Source.Count * t.OutputType(dtype).Size());
        using var writer = new ShardedSafetensorsWriter(folder, declarations, maxShardBytes);
        foreach (TensorDeclaration declaration in declarations)
            Write(writer, planned[declaration.Name], declaration.Type);
        writer.Complete();
    }

    private void Write(ShardedSafetensorsWriter writer, PlannedTensor tensor, ElementType outputType)
    {
        // Whole rows in each piece, since LoRA is merged row by row.
        long columns = tensor.Source.Shape.Count == 0 ? 1 : tensor.Source.Shape[^1];
        long piece = columns >= PieceElements ? columns : PieceElements / columns * columns;
        ElementType sourceType = tensor.Source.Type.ToElementType()!.Value;
        LoraMerger? merger = tensor.Lora is null ? null : new LoraMerger(tensor.Lora);
        piece = Math.Min(piece, tensor.Source.Count);
        var stored = new byte[checked(piece * sourceType.Size())];
        bool converts = merger is not null || sourceType != outputType;
        float[] values = converts ? new float[piece] : [];
        byte[] converted = converts ? new byte[checked(piece * outputType.Size())] : [];
        for (long first = 0; first < tensor.Source.Count; first += piece)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(piece, tensor.Source.Count - first);
            Span<byte> source = stored.AsSpan(0, count * sourceType.Size());
            tensor.Source.Read(first, source);
            ReadOnlySpan<byte> output = source;
            if (converts)
            {
                Span<float> numbers = values.AsSpan(0, count);
                FloatConversion.ToSingle(source, sourceType, numbers);
                FiniteCheck.ThrowIfOverflown(tensor, source, sourceType, numbers, first);
                for (int row = 0; merger is not null && row < count / columns; row++)
                    merger.AddTo((first / columns) + row, numbers.Slice((int)(row * columns), (int)columns));
                Span<byte> target = converted.AsSpan(0, count * outputType.Size());
                FloatConversion.FromSingle(numbers, outputType, target);
                FiniteCheck.ThrowIfOverflown(tensor, numbers, target, outputType, first);
                output = target;
            }

            writer.Write(output);
            _done += output.Length;
            progress?.Report(new ConversionProgress("Writing tensors", tensor.Name, _done, _total));
        }
    }
}
