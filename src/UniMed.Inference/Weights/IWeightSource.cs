using UniMed.Native;

namespace UniMed.Inference.Weights;

/// <summary>Where the tensors of a model come from: files, or numbers made on request.</summary>
/// <remarks>Thread-safe until it is disposed.</remarks>
internal interface IWeightSource : IDisposable
{
    /// <summary>All tensors by name.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>True when there is a tensor of this name.</summary>
    bool Contains(string name);

    /// <summary>A tensor; usable until the source is disposed.</summary>
    HostTensor GetTensor(string name);
}
