using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>projector_type moe_linear and moe_mlp: the experts and their weighted sum.</summary>
internal sealed class ExpertMixture : IProjection
{
    private readonly Device _device;
    private readonly ExpertWeights _experts;

    public ExpertMixture(Device device, IReadOnlyList<IReadOnlyList<LinearLayout>> experts, ModelWeights weights)
    {
        _device = device;
        bool isMlp = experts[0].Count > 1;
        _experts = device.LoadExperts(
            [.. experts.Select(layers => Load(weights, layers[0]))],
            isMlp ? [.. experts.Select(layers => Load(weights, layers[1]))] : []);
    }

    public void Project(Tensor input, Tensor? routing, Tensor output) =>
        _device.ExpertProjection(_experts, input, routing ?? throw new ArgumentNullException(nameof(routing)), output);

    public void Dispose() => _experts.Dispose();

    private static (HostTensor Weight, HostTensor Bias) Load(ModelWeights weights, LinearLayout layer) => (weights.Load(layer.Weight), weights.Load(layer.Bias));
}
