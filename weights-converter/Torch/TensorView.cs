using UniMed.WeightsConverter.Bytes;

namespace UniMed.WeightsConverter.Torch;

/// <summary>A checked view of a storage: every element lies in the archive. Thread-safe.</summary>
internal sealed class TensorView
{
    /// <summary>Most dimensions of a tensor. A convolution has 4, the deepest tensor of any vision-language model 5 or 6; PyTorch itself stops at 64.</summary>
    public const int MaxRank = 8;

    /// <summary>Most bytes of a view that repeats elements of its storage (stride 0): a small file must not become a huge one.</summary>
    public const long MaxExpandedBytes = 64L << 20;

    /// <summary>A strided view that spans no more than this is gathered from one read of its storage.</summary>
    private const int MaxWindowBytes = 64 << 20;

    private readonly IByteSource _source;
    private readonly long _position;
    private readonly long[] _strides;

    private TensorView(IByteSource source, TorchType type, long position, long[] shape, long[] strides, long count)
    {
        _source = source;
        _position = position;
        _strides = strides;
        Type = type;
        Shape = shape;
        Count = count;
        IsContiguous = Contiguous(shape, strides);
    }

    /// <summary>Type of the elements.</summary>
    public TorchType Type { get; }

    /// <summary>Elements along each dimension; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>True when the elements lie one behind another in row-major order.</summary>
    public bool IsContiguous { get; }

    /// <summary>Checks a view against its storage.</summary>
    /// <param name="source">The archive.</param>
    /// <param name="storages">Where its storages lie.</param>
    /// <param name="key">The tensor's key, for messages.</param>
    /// <param name="value">The view as the pickle names it.</param>
    /// <exception cref="ConversionException">The view is malformed, or leaves its storage.</exception>
    public static TensorView Check(IByteSource source, IStorageDirectory storages, string key, TensorValue value)
    {
        ConversionException Refuse(string sentence) => new($"{source.Name}: tensor \"{key}\" is refused: {sentence}");

        StorageValue storage = value.Storage;
        if (!TorchTypes.TryFromClass(storage.ClassName, out TorchType type))
            throw Refuse($"{storage.ClassName} is an unknown storage type; double, float, half, bfloat16, long, int, short, char, byte and bool storages are read.");
        if (storage.Key.Length is 0 or > 64 || !storage.Key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw Refuse("its storage key holds a path or other characters than letters, digits and underscores; a storage key is a plain name.");

        int rank = value.Size.Items.Count;
        if (rank > MaxRank)
            throw Refuse($"it has {rank} dimensions, an absurd rank; at most {MaxRank} are read.");
        if (value.Stride.Items.Count != rank)
            throw Refuse($"size and stride disagree: {rank} sizes, {value.Stride.Items.Count} strides.");
        var shape = new long[rank];
        var strides = new long[rank];
        for (int d = 0; d < rank; d++)
        {
            if (value.Size.Items[d] is not long size || value.Stride.Items[d] is not long stride)
                throw Refuse("a size or stride is not a 64-bit integer.");
            if (size < 0)
                throw Refuse($"size {size} of dimension {d} is negative.");
            if (stride < 0)
                throw Refuse($"stride {stride} of dimension {d} is negative.");
            (shape[d], strides[d]) = (size, stride);
        }

        if (value.Offset < 0 || storage.Count < 0)
            throw Refuse($"its offset {value.Offset} or its storage's element count {storage.Count} is negative.");
        if (!TryProduct(shape, type.Size(), out long count))
            throw Refuse($"the element count of shape [{string.Join(", ", shape)}] overflows.");
        if (!InStorage(shape, strides, value.Offset, count, storage.Count))
        {
            throw Refuse(
                $"the view leaves its storage of {storage.Count} elements "
                + $"(offset {value.Offset}, shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}]).");
        }

        if (!storages.TryFind(storage.Key, out StorageRange range))
            throw Refuse($"its storage \"{storage.Key}\" is missing from the archive. The file is incomplete; fetch it again.");
        if (range.Bytes / type.Size() < storage.Count)
            throw Refuse($"its storage \"{storage.Key}\" of {range.Bytes} bytes is shorter than its element count {storage.Count} x {type.Size()} bytes.");
        if (count > storage.Count && count * type.Size() > MaxExpandedBytes)
            throw Refuse($"it repeats a storage of {storage.Count} elements to {count}, more than {MaxExpandedBytes} bytes.");
        return new TensorView(source, type, range.Position + (value.Offset * type.Size()), shape, strides, count);
    }

    /// <summary>True when both views are the very same elements of the same archive.</summary>
    public bool IsSameAs(TensorView other) => ReferenceEquals(_source, other._source) && _position == other._position && Type == other.Type
        && Shape.SequenceEqual(other.Shape) && _strides.AsSpan().SequenceEqual(other._strides);

    /// <summary>Reads elements in row-major order.</summary>
    /// <param name="first">First element.</param>
    /// <param name="destination">A whole number of elements.</param>
    public void Read(long first, Span<byte> destination)
    {
        int size = Type.Size();
        int count = destination.Length / size;
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - count);
        if (IsContiguous)
            _source.Read(_position + (first * size), destination);
        else if (count > 0)
            Gather(first, destination, size);
    }

    /// <summary>Gathers a strided range element by element: from one window over the whole view where that is small enough, otherwise each from the archive.</summary>
    private void Gather(long first, Span<byte> destination, int size)
    {
        int rank = Shape.Count;
        var index = new long[rank];
        long remaining = first;
        Int128 span = size;
        for (int d = rank - 1; d >= 0; d--)
        {
            index[d] = remaining % Shape[d];
            remaining /= Shape[d];
            span += (Int128)(Shape[d] - 1) * _strides[d] * size;
        }

        byte[]? window = span <= MaxWindowBytes ? new byte[(int)span] : null;
        if (window is not null)
            _source.Read(_position, window);
        for (int at = 0; at < destination.Length; at += size)
        {
            long distance = 0;
            for (int d = 0; d < rank; d++)
                distance += index[d] * _strides[d] * size;
            if (window is not null)
                window.AsSpan((int)distance, size).CopyTo(destination[at..]);
            else
                _source.Read(_position + distance, destination.Slice(at, size));
            for (int d = rank - 1; d >= 0 && ++index[d] == Shape[d]; d--)
                index[d] = 0;
        }
    }

    private static bool Contiguous(long[] shape, long[] strides)
    {
        long expected = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            if (shape[d] == 0)
                return true;
            if (shape[d] != 1 && strides[d] != expected)
                return false;
            expected *= shape[d];
        }

        return true;
    }

    private static bool TryProduct(long[] shape, int elementSize, out long count)
    {
        count = shape.Contains(0) ? 0 : 1;
        if (count == 0)
            return true;
        foreach (long size in shape)
        {
            if (count > long.MaxValue / elementSize / size)
                return false;
            count *= size;
        }

        return true;
    }

    private static bool InStorage(long[] shape, long[] strides, long offset, long count, long storageCount)
    {
        if (count == 0)
            return offset <= storageCount;
        Int128 last = offset;
        for (int d = 0; d < shape.Length; d++)
            last += (Int128)(shape[d] - 1) * strides[d];
        return last < storageCount;
    }
}
