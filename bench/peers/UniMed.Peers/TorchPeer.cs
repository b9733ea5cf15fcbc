using TorchSharp;
using UniMed.CpuBench;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace UniMed.Peers;

/// <summary>libtorch, called as the authors' Python calls it: one library operation after the other.</summary>
internal static class TorchPeer
{
    /// <summary>Blocks of ViT-g for one image.</summary>
    public static Action Vision(int blocks, ScalarType type)
    {
        const int Width = RandomVision.Width;
        const int Heads = RandomVision.Heads;
        Tensor norm = ones(Width, dtype: type), zero = zeros(Width, dtype: type);
        var weights = Enumerable.Range(0, blocks).Select(_ => (
            Qkv: Matrix(3 * Width, Width, type), QkvBias: zeros(3 * Width, dtype: type),
            Proj: Matrix(Width, Width, type),
            Fc1: Matrix(RandomVision.Mlp, Width, type), Fc1Bias: zeros(RandomVision.Mlp, dtype: type),
            Fc2: Matrix(Width, RandomVision.Mlp, type))).ToArray();
        Tensor input = rand(1, RandomVision.Tokens, Width, dtype: type);
        return () =>
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor x = input;
            foreach (var block in weights)
            {
                Tensor qkv = linear(layer_norm(x, [Width], norm, zero, 1e-6), block.Qkv, block.QkvBias).reshape(1, RandomVision.Tokens, 3, Heads, Width / Heads).permute(2, 0, 3, 1, 4);
                Tensor attended = scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]).transpose(1, 2).reshape(1, RandomVision.Tokens, Width);
                x = x + linear(attended, block.Proj, zero);
                x = x + linear(gelu(linear(layer_norm(x, [Width], norm, zero, 1e-6), block.Fc1, block.Fc1Bias)), block.Fc2, zero);
            }
        };
    }

    /// <summary>Router and experts for one image: the task token is concatenated to every visual token, and each expert is computed and weighted by itself.</summary>
    public static Action Connector(ScalarType type)
    {
        const int Input = RandomConnector.Input;
        Tensor fc1 = Matrix(RandomConnector.RouterHidden, 2 * Input, type), fc1Bias = zeros(RandomConnector.RouterHidden, dtype: type);
        Tensor fc2 = Matrix(RandomConnector.Experts, RandomConnector.RouterHidden, type), fc2Bias = zeros(RandomConnector.Experts, dtype: type);
        var experts = Enumerable.Range(0, RandomConnector.Experts).Select(_ => (
            First: Matrix(RandomConnector.Hidden, Input, type), Second: Matrix(RandomConnector.Hidden, RandomConnector.Hidden, type), Bias: zeros(RandomConnector.Hidden, dtype: type))).ToArray();
        Tensor tokens = rand(1, RandomConnector.Tokens, Input, dtype: type), task = rand(1, 1, Input, dtype: type);
        return () =>
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor both = cat([task.expand(1, RandomConnector.Tokens, Input), tokens], 2);
            Tensor logits = linear(gelu(linear(both, fc1, fc1Bias)), fc2, fc2Bias);
            Tensor weights = logits.sigmoid();
            weights = weights / weights.sum(-1, keepdim: true);
            Tensor output = zeros(1, RandomConnector.Tokens, RandomConnector.Hidden, dtype: type);
            for (int e = 0; e < experts.Length; e++)
                output = output + (weights[TensorIndex.Ellipsis, TensorIndex.Slice(e, e + 1)] * linear(gelu(linear(tokens, experts[e].First, experts[e].Bias)), experts[e].Second, experts[e].Bias));
        };
    }

    private static Tensor Matrix(int rows, int columns, ScalarType type) => (rand(rows, columns) - 0.5f).mul_(2 / MathF.Sqrt(columns)).to(type);
}
