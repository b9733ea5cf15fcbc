using UniMed.Native;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>A planned tensor read in pieces of whole rows, about a million elements each.</summary>
internal sealed class TensorPieces
{
    private const int PieceElements = 1 << 20;

    private readonly PlannedTensor _tensor;
    private readonly LoraMerger? _merger;
    private readonly byte[] _stored;
    private float[] _numbers = [];

    /// <summary>Prepares reading.</summary>
    public TensorPieces(PlannedTensor tensor)
    {
        _tensor = tensor;
        SourceType = tensor.Source.Type.ToElementType()!.Value;
        _merger = tensor.Lora is null ? null : new LoraMerger(tensor.Lora);
        Columns = tensor.Source.Shape.Count == 0 ? 1 : tensor.Source.Shape[^1];
        long piece = Columns >= PieceElements ? Columns : PieceElements / Columns * Columns;
        Size = Math.Min(piece, tensor.Source.Count);
        _stored = new byte[checked(Size * SourceType.Size())];
    }

    /// <summary>Type in the source.</summary>
    public ElementType SourceType { get; }

    /// <summary>Elements of a row.</summary>
    public long Columns { get; }

    /// <summary>Elements of a piece; the last one may have fewer.</summary>
    public long Size { get; }

    /// <summary>Elements of the piece that begins at an element.</summary>
    public int CountAt(long first) => (int)Math.Min(Size, _tensor.Source.Count - first);

    /// <summary>Bytes as the source holds them; valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadStored(long first)
    {
        Span<byte> stored = _stored.AsSpan(0, CountAt(first) * SourceType.Size());
        _tensor.Source.Read(first, stored);
        return stored;
    }

    /// <summary>fp32 numbers with LoRA merged; valid until the next call.</summary>
    /// <exception cref="ConversionException">A finite fp64 weight is beyond fp32.</exception>
    public Memory<float> ReadNumbers(long first)
    {
        if (_numbers.Length == 0)
            _numbers = new float[Size];
        ReadOnlySpan<byte> stored = ReadStored(first);
        Memory<float> piece = _numbers.AsMemory(0, CountAt(first));
        Span<float> numbers = piece.Span;
        FloatConversion.ToSingle(stored, SourceType, numbers);
        FiniteCheck.ThrowIfOverflown(_tensor, stored, SourceType, numbers, first);
        for (int row = 0; _merger is not null && row < numbers.Length / Columns; row++)
            _merger.AddTo((first / Columns) + row, numbers.Slice((int)(row * Columns), (int)Columns));
        return piece;
    }
}
