using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Sources;

/// <summary>A tensor of a PyTorch archive.</summary>
internal sealed class ArchiveTensor(string key, string file, TensorView view) : SourceTensor(key, file)
{
    private readonly TensorView _view = view;

    public override TorchType Type => _view.Type;

    public override IReadOnlyList<long> Shape => _view.Shape;

    public override long Count => _view.Count;

    public override void Read(long first, Span<byte> destination) => _view.Read(first, destination);

    public override bool IsSameStorage(SourceTensor other) => other is ArchiveTensor archived && _view.IsSameAs(archived._view);
}
