using System.Globalization;
using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>projector_type linear and mlpNx_gelu: N linear layers with exact GELU between them.</summary>
internal sealed class LayerStack : IProjection
{
    private readonly Device _device;
    private readonly int _width;
    private readonly LinearWeights[] _layers;

    public LayerStack(Device device, ConnectorConfig config, int inFeatures, int outFeatures, ModelWeights weights)
    {
        _device = device;
        _width = outFeatures;
        // torch.nn.Sequential numbers the GELUs too, so the linear layers are 0, 2, 4, ...
        string[] names = config.ProjectorType == "linear"
            ? ["connector.llm_proj."]
            : [.. Enumerable.Range(0, Depth(config.ProjectorType)).Select(layer => $"connector.llm_proj.{2 * layer}.")];
        _layers = [.. names.Select((name, layer) => device.LoadLinear(
            weights.Matrix(name + "weight", outFeatures, layer == 0 ? inFeatures : outFeatures),
            weights.Vector(name + "bias", outFeatures)))];
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

    private static int Depth(string projectorType) =>
        projectorType.StartsWith("mlp", StringComparison.Ordinal) && projectorType.EndsWith("x_gelu", StringComparison.Ordinal)
        && int.TryParse(projectorType.AsSpan(3, projectorType.Length - 9), NumberStyles.None, CultureInfo.InvariantCulture, out int depth) && depth > 0
            ? depth
            : throw new UniMedException(UniMedFailure.ModelFiles, $"config.json: connector.projector_type is '{projectorType}'; without experts it must be 'linear' or 'mlpNx_gelu' with N of 1 or more.");
}
