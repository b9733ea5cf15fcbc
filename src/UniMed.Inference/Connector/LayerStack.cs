using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>projector_type linear and mlpNx_gelu: N linear layers with exact GELU between them.</summary>
internal sealed class LayerStack : IProjection
{
    private readonly Device _device;
    private readonly int _width;
    private readonly LinearWeights[] _layers;

    public LayerStack(Device device, IReadOnlyList<LinearLayout> layers, int outFeatures, ModelWeights weights)
    {
        _device = device;
        _width = outFeatures;
        _layers = [.. layers.Select(layer => device.LoadLinear(weights.Load(layer.Weight), weights.Load(layer.Bias)))];
    }

    public void Project(Tensor input, Tensor? routing, Tensor output)
    {
        using DeviceBuffer buffer = _device.Allocate(2L * input.Rows * _width);
        Tensor current = input;
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            bool last = layer == _layers.Length - 1;
            Tensor next = last ? output : new Tensor(buffer, (layer % 2) * (long)input.Rows * _width, input.Rows, _width);
            _device.Linear(_layers[layer], current, last ? Activation.None : Activation.Gelu, null, next);
            current = next;
        }
    }

    public void Dispose()
    {
        foreach (LinearWeights layer in _layers)
            layer.Dispose();
    }
}
