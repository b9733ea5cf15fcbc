using UniMed.Native;

namespace UniMed.CpuBench;

/// <summary>The full-size connector with random weights: soft routing by task and token, five experts of two layers. The task half of the router is folded once, as the engine does.</summary>
internal sealed class RandomConnector : IDisposable
{
    public const int Tokens = 64;
    public const int Input = 5632;
    public const int RouterHidden = 45056;
    public const int Hidden = 4096;
    public const int Experts = 5;

    private readonly Device _device;
    private readonly RouterWeights _router;
    private readonly ExpertWeights _experts;
    private readonly DeviceBuffer _folded;
    private readonly DeviceBuffer _tokens;
    private readonly DeviceBuffer _routing;
    private readonly DeviceBuffer _output;

    public RandomConnector(Device device, ElementType type)
    {
        _device = device;
        HostTensor Zeros(int columns) => HostTensor.FromArray(new float[columns], 1, columns);
        _router = device.LoadRouter(RandomMatrix.Of(RouterHidden, 2 * Input, type, 1), Zeros(RouterHidden), RandomMatrix.Of(Experts, RouterHidden, type, 2), Zeros(Experts), Input);
        _experts = device.LoadExperts(
            [.. Enumerable.Range(0, Experts).Select(e => (RandomMatrix.Of(Hidden, Input, type, 10 + e), Zeros(Hidden)))],
            [.. Enumerable.Range(0, Experts).Select(e => (RandomMatrix.Of(Hidden, Hidden, type, 20 + e), Zeros(Hidden)))]);
        _folded = device.Allocate(RouterHidden);
        _tokens = device.Allocate(Tokens * Input);
        _routing = device.Allocate(Tokens * Experts);
        _output = device.Allocate(Tokens * Hidden);
        device.Upload(RandomMatrix.Of(Tokens, Input, ElementType.F32, 99).ToSingleArray(), _tokens.AsTensor(Tokens, Input));
        device.FoldTask(_router, _tokens.AsTensor(1, Input), _folded.AsTensor(1, RouterHidden));
    }

    public void Run()
    {
        Tensor tokens = _tokens.AsTensor(Tokens, Input);
        Tensor routing = _routing.AsTensor(Tokens, Experts);
        _device.Router(_router, new RouterOptions(RouterKind.Soft), tokens, Tokens, _folded.AsTensor(1, RouterHidden), routing);
        _device.ExpertProjection(_experts, tokens, routing, _output.AsTensor(Tokens, Hidden));
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in new[] { _folded, _tokens, _routing, _output })
            buffer.Dispose();
    }
}
