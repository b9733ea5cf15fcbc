using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>One LLaMA layer: x += o_proj(attention(rms_norm x)); x += down_proj(silu(gate_proj y) * up_proj y) with y = rms_norm x.</summary>
internal sealed class DecoderLayer : IDisposable
{
    private readonly Device _device;
    private readonly int _index;
    private readonly float _eps;
    private readonly NormWeights _inputNorm;
    private readonly QkvWeights _qkv;
    private readonly LinearWeights _oProj;
    private readonly NormWeights _postAttentionNorm;
    private readonly GatedWeights _gateUp;
    private readonly LinearWeights _downProj;

    public DecoderLayer(Device device, LanguageConfig config, RotaryTable rotary, LanguageLayout.Layer layout, ModelWeights weights, int index)
    {
        _device = device;
        _index = index;
        _eps = (float)config.RmsNormEps;
        _inputNorm = device.LoadNorm(weights.Load(layout.InputNorm), null);
        _qkv = device.LoadQkv(
            weights.Load(layout.QProj), weights.Load(layout.KProj), weights.Load(layout.VProj), config.NumAttentionHeads, config.NumKeyValueHeads, rotary);
        _oProj = device.LoadLinear(weights.Load(layout.OProj), null);
        _postAttentionNorm = device.LoadNorm(weights.Load(layout.PostAttentionNorm), null);
        _gateUp = device.LoadGated(weights.Load(layout.GateProj), weights.Load(layout.UpProj));
        _downProj = device.LoadLinear(weights.Load(layout.DownProj), null);
    }

    /// <summary>Runs the layer in place.</summary>
    /// <param name="hidden">[rows, hidden_size]: input and output.</param>
    /// <param name="batch">The sequences the rows belong to.</param>
    /// <param name="cache">Keys and values; this layer's part is extended by the rows.</param>
    /// <param name="workspace">Scratch for as many rows.</param>
    public void Forward(Tensor hidden, AttentionBatch batch, KvCache cache, LanguageWorkspace workspace)
    {
        int rows = hidden.Rows;
        Tensor normed = workspace.Normed.Slice(0, rows);
        Tensor query = workspace.Query.Slice(0, rows);
        Tensor attended = workspace.Attended.Slice(0, rows);
        Tensor gated = workspace.Gated.Slice(0, rows);
        _device.RmsNorm(_inputNorm, hidden, _eps, normed);
        _device.QkvRotary(_qkv, normed, batch, cache, _index, query);
        if (rows == batch.Sequences)
            _device.DecodeAttention(query, batch, cache, _index, attended);
        else
            _device.PrefillAttention(query, batch, cache, _index, attended);
        _device.Linear(_oProj, attended, Activation.None, hidden, hidden);
        _device.RmsNorm(_postAttentionNorm, hidden, _eps, normed);
        _device.SwiGlu(_gateUp, normed, gated);
        _device.Linear(_downProj, gated, Activation.None, hidden, hidden);
    }

    public void Dispose()
    {
        _inputNorm.Dispose();
        _qkv.Dispose();
        _oProj.Dispose();
        _postAttentionNorm.Dispose();
        _gateUp.Dispose();
        _downProj.Dispose();
    }
}
