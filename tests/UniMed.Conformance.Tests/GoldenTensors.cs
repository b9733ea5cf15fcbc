using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Conformance.Tests;

/// <summary>fp32 tensors that the authors' own code computed.</summary>
internal sealed class GoldenTensors(string folder) : IDisposable
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(Golden.Path(folder, "tensors.safetensors"));

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public bool Contains(string name) => _file.Tensors.ContainsKey(name);

    public IReadOnlyList<long> Shape(string name) => _file.Tensors[name].Shape;

    public float[] Read(string name)
    {
        HostTensor tensor = _file.GetTensor(name);
        return tensor.ToSingleArray();
    }

    public void Dispose() => _file.Dispose();
}
