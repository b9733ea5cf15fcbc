using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Vision;

/// <summary>One pre-norm block of the ViT: x += proj(attn(norm1 x)); x += fc2(GELU(fc1(norm2 x))).</summary>
internal sealed class VisionBlock : IDisposable
{
    private readonly Device _device;
    private readonly VisionConfig _config;
    private readonly NormWeights _norm1;
    private readonly LinearWeights _qkv;
    private readonly LinearWeights _proj;
    private readonly NormWeights _norm2;
    private readonly LinearWeights _fc1;
    private readonly LinearWeights _fc2;

    public VisionBlock(Device device, VisionConfig config, VisionLayout.Block layout, ModelWeights weights)
    {
        _device = device;
        _config = config;
        _norm1 = device.LoadNorm(weights.Load(layout.Norm1Weight), weights.Load(layout.Norm1Bias));
        _qkv = device.LoadLinear(weights.Load(layout.QkvWeight), QkvBias(weights.Load(layout.QBias), weights.Load(layout.VBias)));
        _proj = device.LoadLinear(weights.Load(layout.ProjWeight), weights.Load(layout.ProjBias));
        _norm2 = device.LoadNorm(weights.Load(layout.Norm2Weight), weights.Load(layout.Norm2Bias));
        _fc1 = device.LoadLinear(weights.Load(layout.Fc1Weight), weights.Load(layout.Fc1Bias));
        _fc2 = device.LoadLinear(weights.Load(layout.Fc2Weight), weights.Load(layout.Fc2Bias));
    }

    /// <summary>Runs the block in place.</summary>
    /// <param name="tokens">[rows, embed_dim]: input and output.</param>
    /// <param name="rowOffsets">Borders of the images.</param>
    /// <param name="workspace">Scratch for as many rows.</param>
    public void Forward(Tensor tokens, ReadOnlySpan<int> rowOffsets, VisionWorkspace workspace)
    {
        float eps = (float)_config.LayerNormEps;
        _device.LayerNorm(_norm1, tokens, eps, workspace.Normed);
        _device.Linear(_qkv, workspace.Normed, Activation.None, null, workspace.Qkv);
        _device.VisionAttention(workspace.Qkv, _config.NumHeads, rowOffsets, workspace.Normed);
        _device.Linear(_proj, workspace.Normed, Activation.None, tokens, tokens);
        _device.LayerNorm(_norm2, tokens, eps, workspace.Normed);
        _device.Linear(_fc1, workspace.Normed, Activation.Gelu, null, workspace.Hidden);
        _device.Linear(_fc2, workspace.Hidden, Activation.None, tokens, tokens);
    }

    public void Dispose()
    {
        _norm1.Dispose();
        _qkv.Dispose();
        _proj.Dispose();
        _norm2.Dispose();
        _fc1.Dispose();
        _fc2.Dispose();
    }

    /// <summary>The fused bias [q_bias, 0, v_bias]: keys have none.</summary>
    private static HostTensor QkvBias(HostTensor queryBias, HostTensor valueBias)
    {
        int width = queryBias.Columns;
        var bias = new float[3 * width];
        queryBias.CopyRowTo(0, bias);
        valueBias.CopyRowTo(0, bias.AsSpan(2 * width));
        return HostTensor.FromArray(bias, 1, 3 * width);
    }
}
