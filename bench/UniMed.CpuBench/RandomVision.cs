using UniMed.Native;

namespace UniMed.CpuBench;

/// <summary>Blocks of EVA-CLIP ViT-g with random weights, called through the device's operations as the engine calls them.</summary>
internal sealed class RandomVision : IDisposable
{
    public const int Width = 1408;
    public const int Mlp = 6144;
    public const int Heads = 16;
    public const int Tokens = 257;

    private readonly Device _device;
    private readonly (NormWeights Norm1, LinearWeights Qkv, LinearWeights Proj, NormWeights Norm2, LinearWeights Fc1, LinearWeights Fc2)[] _blocks;
    private readonly DeviceBuffer _tokens;
    private readonly DeviceBuffer _normed;
    private readonly DeviceBuffer _qkv;
    private readonly DeviceBuffer _hidden;

    public RandomVision(Device device, int blocks, ElementType type)
    {
        _device = device;
        HostTensor Zeros(int columns) => HostTensor.FromArray(new float[columns], 1, columns);
        int seed = 1;
        HostTensor Matrix(int rows, int columns) => RandomMatrix.Of(rows, columns, type, seed++);
        _blocks = [.. Enumerable.Range(0, blocks).Select(_ => (
            device.LoadNorm(RandomMatrix.Ones(Width), Zeros(Width)),
            device.LoadLinear(Matrix(3 * Width, Width), Zeros(3 * Width)),
            device.LoadLinear(Matrix(Width, Width), Zeros(Width)),
            device.LoadNorm(RandomMatrix.Ones(Width), Zeros(Width)),
            device.LoadLinear(Matrix(Mlp, Width), Zeros(Mlp)),
            device.LoadLinear(Matrix(Width, Mlp), Zeros(Width))))];
        _tokens = device.Allocate(Tokens * Width);
        _normed = device.Allocate(Tokens * Width);
        _qkv = device.Allocate(Tokens * 3 * Width);
        _hidden = device.Allocate(Tokens * Mlp);
        device.Upload(RandomMatrix.Of(Tokens, Width, ElementType.F32, 99).ToSingleArray(), _tokens.AsTensor(Tokens, Width));
    }

    /// <summary>Multiply-adds of a run, counted twice.</summary>
    public double Flops => _blocks.Length * ((2.0 * Tokens * ((4.0 * Width * Width) + (2.0 * Width * Mlp))) + (4.0 * Tokens * Tokens * Width));

    /// <summary>Of one image: all blocks.</summary>
    public void Run()
    {
        Tensor tokens = _tokens.AsTensor(Tokens, Width);
        Tensor normed = _normed.AsTensor(Tokens, Width);
        Tensor qkv = _qkv.AsTensor(Tokens, 3 * Width);
        Tensor hidden = _hidden.AsTensor(Tokens, Mlp);
        foreach ((NormWeights norm1, LinearWeights qkvWeights, LinearWeights proj, NormWeights norm2, LinearWeights fc1, LinearWeights fc2) in _blocks)
        {
            _device.LayerNorm(norm1, tokens, 1e-6f, normed);
            _device.Linear(qkvWeights, normed, Activation.None, null, qkv);
            _device.VisionAttention(qkv, Heads, [0, Tokens], normed);
            _device.Linear(proj, normed, Activation.None, tokens, tokens);
            _device.LayerNorm(norm2, tokens, 1e-6f, normed);
            _device.Linear(fc1, normed, Activation.Gelu, null, hidden);
            _device.Linear(fc2, hidden, Activation.None, tokens, tokens);
        }
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in new[] { _tokens, _normed, _qkv, _hidden })
            buffer.Dispose();
    }
}
