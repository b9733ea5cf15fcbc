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

    /// <summary>LLaMA layers over a prompt, without a cache.</summary>
    public static Action Llama(LlamaShape shape, int prompt, ScalarType type)
    {
        int hidden = shape.Hidden, heads = shape.Heads, headDim = shape.HeadDim;
        Tensor norm = ones(hidden, dtype: type);
        var weights = Enumerable.Range(0, shape.Layers).Select(_ => (
            Qkv: Enumerable.Range(0, 3).Select(i => Matrix(i == 0 ? hidden : shape.KvHeads * headDim, hidden, type)).ToArray(),
            Output: Matrix(hidden, hidden, type),
            Gate: Matrix(shape.Intermediate, hidden, type), Up: Matrix(shape.Intermediate, hidden, type),
            Down: Matrix(hidden, shape.Intermediate, type))).ToArray();
        Tensor input = rand(1, prompt, hidden, dtype: type);
        Tensor angles = outer(arange(prompt, dtype: ScalarType.Float32), pow(10000, -arange(0, headDim, 2, dtype: ScalarType.Float32) / headDim));
        Tensor cos = torch.cos(angles).repeat(1, 2).to(type), sin = torch.sin(angles).repeat(1, 2).to(type);
        return () =>
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor x = input;
            foreach (var layer in weights)
            {
                Tensor normed = RmsNorm(x);
                Tensor query = Rotated(Heads(linear(normed, layer.Qkv[0]), heads));
                Tensor key = Rotated(Heads(linear(normed, layer.Qkv[1]), shape.KvHeads));
                Tensor value = Heads(linear(normed, layer.Qkv[2]), shape.KvHeads);
                if (shape.KvHeads < heads)
                    (key, value) = (key.repeat_interleave(heads / shape.KvHeads, 1), value.repeat_interleave(heads / shape.KvHeads, 1));
                Tensor attended = scaled_dot_product_attention(query, key, value, is_casual: true).transpose(1, 2).reshape(1, prompt, hidden);
                x = x + linear(attended, layer.Output);
                normed = RmsNorm(x);
                x = x + linear(silu(linear(normed, layer.Gate)) * linear(normed, layer.Up), layer.Down);
            }
        };

        Tensor Heads(Tensor rows, int count) => rows.reshape(1, prompt, count, headDim).transpose(1, 2);

        Tensor Rotated(Tensor rows) => (rows * cos) + (cat([-rows.narrow(-1, headDim / 2, headDim / 2), rows.narrow(-1, 0, headDim / 2)], -1) * sin);

        Tensor RmsNorm(Tensor rows) => (rows.to(ScalarType.Float32) * rsqrt(rows.to(ScalarType.Float32).pow(2).mean([-1], keepdim: true) + 1e-5)).to(type) * norm;
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
