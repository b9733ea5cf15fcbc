using System.Collections.Concurrent;
using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Tests.Weights.Layout;

/// <summary>Weights that note who was asked for, and may lack one.</summary>
internal sealed class RecordingSource(IWeightSource inner, string? missing = null) : IWeightSource
{
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } = inner.Tensors.Where(pair => pair.Key != missing).ToDictionary();

    public ConcurrentDictionary<string, bool> Asked { get; } = [];

    public bool Contains(string name) => Tensors.ContainsKey(name);

    public HostTensor GetTensor(string name)
    {
        Asked[name] = true;
        return Tensors.ContainsKey(name) ? inner.GetTensor(name) : throw new KeyNotFoundException(name);
    }

    public void Dispose() => inner.Dispose();
}
