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
            Load(experts, 0, weights),
            isMlp ? Load(experts, 1, weights) : []);
    }

    public void Project(Tensor input, Tensor? routing, Tensor output) =>
        _device.ExpertProjection(_experts, input, routing ?? throw new ArgumentNullException(nameof(routing)), output);

    public void Dispose() => _experts.Dispose();

    /// <summary>One layer of every expert.</summary>
    private static (HostTensor Weight, HostTensor Bias)[] Load(IReadOnlyList<IReadOnlyList<LinearLayout>> experts, int layer, ModelWeights weights)
    {
        var loaded = new (HostTensor Weight, HostTensor Bias)[experts.Count];
        for (int expert = 0; expert < loaded.Length; expert++)
            loaded[expert] = (weights.Load(experts[expert][layer].Weight), weights.Load(experts[expert][layer].Bias));
        return loaded;
    }
}
