using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>LLaMA-2: embeds a ragged batch, runs its layers over the paged cache, and gives logits of chosen rows.</summary>
/// <remarks>Immutable after construction; thread-safe as long as calls use different workspaces and different cache blocks.</remarks>
internal sealed class LanguageModel : IDisposable
{
    private readonly Device _device;
    private readonly EmbeddingWeights _embedTokens;
    private readonly DecoderLayer[] _layers;
    private readonly NormWeights _norm;
    private readonly LinearWeights _lmHead;

    /// <summary>Loads it.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="weights">Tensors.</param>
    /// <param name="spelledIds">Ids that the tokenizer has. Rows of lm_head behind them (added tokens, padding) have no text, and the reference could not decode them: they are left out, so no way of choosing can come to them.</param>
    public LanguageModel(Device device, LanguageConfig config, ModelWeights weights, int spelledIds)
    {
        _device = device;
        Config = config;
        LogitColumns = Math.Min(spelledIds, config.VocabSize);
        var layout = new LanguageLayout(config);
        HostTensor table = weights.Load(layout.EmbedTokens);
        _embedTokens = device.LoadEmbedding(table);
        var rotary = new RotaryTable(config.HeadDim, config.MaxPositionEmbeddings, config.RopeTheta);
        _layers = [.. layout.Layers.Select((layer, index) => new DecoderLayer(device, config, rotary, layer, weights, index))];
        _norm = device.LoadNorm(weights.Load(layout.Norm), null);
        HostTensor head = layout.LmHead is null ? table : weights.Load(layout.LmHead);
        _lmHead = device.LoadLinear(head.SliceRows(0, LogitColumns), null);
    }

    /// <summary>Sizes.</summary>
    public LanguageConfig Config { get; }

    /// <summary>Columns of the logits: ids that can be chosen, and over which probabilities sum to 1.</summary>
    public int LogitColumns { get; }

    /// <summary>Writes embeddings of tokens.</summary>
    /// <param name="ids">Token ids; ~i stands for row i of the visual tokens.</param>
    /// <param name="visualTokens">Visual tokens of all images of the prompt, in order; null without images.</param>
    /// <param name="output">[ids, hidden_size].</param>
    public void Embed(ReadOnlySpan<int> ids, Tensor? visualTokens, Tensor output) => _device.Embed(_embedTokens, ids, visualTokens, output);

    /// <summary>Runs all layers in place over the residual stream.</summary>
    /// <param name="hidden">[rows, hidden_size].</param>
    /// <param name="batch">The sequences the rows belong to.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="workspace">Scratch.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <param name="beforeLayer">Called with the layer's number before each layer; for comparing implementations.</param>
    public void Forward(Tensor hidden, AttentionBatch batch, KvCache cache, LanguageWorkspace workspace, CancellationToken cancellationToken, Action<int>? beforeLayer = null)
    {
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            beforeLayer?.Invoke(layer);
            _layers[layer].Forward(hidden, batch, cache, workspace);
        }
    }

    /// <summary>Logits of rows of the residual stream: final RMS norm, then lm_head.</summary>
    /// <param name="hidden">[rows, hidden_size] after <see cref="Forward"/>.</param>
    /// <param name="rows">The rows that are wanted.</param>
    /// <param name="scratch">[rows wanted, hidden_size].</param>
    /// <param name="logits">[rows wanted, <see cref="LogitColumns"/>].</param>
    public void Logits(Tensor hidden, ReadOnlySpan<int> rows, Tensor scratch, Tensor logits)
    {
        _device.GatherRows(hidden, rows, scratch);
        _device.RmsNorm(_norm, scratch, (float)Config.RmsNormEps, scratch);
        _device.Linear(_lmHead, scratch, Activation.None, null, logits);
    }

    public void Dispose()
    {
        _embedTokens.Dispose();
        foreach (DecoderLayer layer in _layers)
            layer.Dispose();
        _norm.Dispose();
        _lmHead.Dispose();
    }
}
