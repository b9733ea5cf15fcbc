using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>projector_type moe_linear and moe_mlp: the experts and their weighted sum.</summary>
internal sealed class ExpertMixture : IProjection
{
    private readonly Device _device;
    private readonly ExpertWeights _experts;

    public ExpertMixture(Device device, ConnectorConfig config, int inFeatures, int outFeatures, ModelWeights weights)
    {
        _device = device;
        _experts = device.LoadExperts(
            [.. Enumerable.Range(0, config.NumExperts).Select(expert => Layer(weights, expert, 0, inFeatures, outFeatures))],
            config.ProjectorType == "moe_mlp" ? [.. Enumerable.Range(0, config.NumExperts).Select(expert => Layer(weights, expert, 2, outFeatures, outFeatures))] : []);
    }

    public void Project(Tensor input, Tensor? routing, Tensor output) =>
        _device.ExpertProjection(_experts, input, routing ?? throw new ArgumentNullException(nameof(routing)), output);

    public void Dispose() => _experts.Dispose();

    private static (HostTensor Weight, HostTensor Bias) Layer(ModelWeights weights, int expert, int layer, int inFeatures, int outFeatures) =>
        (weights.Matrix($"connector.moe_layers.{expert}.{layer}.weight", outFeatures, inFeatures), weights.Vector($"connector.moe_layers.{expert}.{layer}.bias", outFeatures));
}
