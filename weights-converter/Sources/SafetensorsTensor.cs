using UniMed.Inference.Weights;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Sources;

/// <summary>A tensor of a safetensors file.</summary>
internal sealed class SafetensorsTensor(TensorInfo info, IByteSource source, long dataStart) : SourceTensor(info.Name, source.Name)
{
    private readonly IByteSource _source = source;
    private readonly long _position = dataStart + info.Offset;

    public override TorchType Type { get; } = TorchTypes.FromElementType(info.Type);

    public override IReadOnlyList<long> Shape { get; } = info.Shape;

    public override long Count { get; } = info.ElementCount;

    public override void Read(long first, Span<byte> destination)
    {
        int size = Type.Size();
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - (destination.Length / size));
        _source.Read(_position + (first * size), destination);
    }

    public override bool IsSameStorage(SourceTensor other) =>
        other is SafetensorsTensor tensor && ReferenceEquals(tensor._source, _source) && tensor._position == _position;
}
