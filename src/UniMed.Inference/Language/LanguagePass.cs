using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>One forward pass of a ragged batch: the arrows prompt -> hidden states -> logits in one call.</summary>
/// <remarks>Owns its scratch memory; used by one request at a time.</remarks>
internal sealed class LanguagePass : IDisposable
{
    private readonly IDevice _device;
    private readonly LanguageModel _model;
    private readonly KvCache _cache;
    private readonly LanguageWorkspace _workspace;
    private readonly DeviceBuffer _outputs;
    private readonly int _maxOutputs;

    /// <summary>Allocates scratch.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="model">Language model.</param>
    /// <param name="cache">Paged cache.</param>
    /// <param name="maxRows">Most rows of a pass.</param>
    /// <param name="maxOutputs">Most rows of a pass whose logits are wanted.</param>
    public LanguagePass(IDevice device, LanguageModel model, KvCache cache, int maxRows, int maxOutputs)
    {
        _device = device;
        _model = model;
        _cache = cache;
        _maxOutputs = maxOutputs;
        _workspace = new LanguageWorkspace(device, model.Config, maxRows);
        _outputs = device.Allocate((long)maxOutputs * (model.Config.HiddenSize + model.Config.VocabSize));
    }

    /// <summary>Runs new tokens of some sequences and gives logits of some of the rows.</summary>
    /// <param name="sequences">Sequences; each is extended by its tokens.</param>
    /// <param name="ids">New token ids of each sequence; ~i stands for its visual token i.</param>
    /// <param name="visualTokens">Visual tokens of each sequence, or null where it has none in these ids.</param>
    /// <param name="outputRows">Rows whose logits are wanted, counted over the whole batch; null for the last row of each sequence.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <param name="beforeLayer">Called with the layer and the residual stream before each layer; for comparing implementations.</param>
    /// <returns>[output rows, vocab_size]; valid until the next pass.</returns>
    public Tensor Run(
        IReadOnlyList<KvSequence> sequences,
        IReadOnlyList<ReadOnlyMemory<int>> ids,
        IReadOnlyList<Tensor?> visualTokens,
        int[]? outputRows,
        CancellationToken cancellationToken,
        Action<int, Tensor>? beforeLayer = null)
    {
        var batch = new SequenceBatch(sequences, [.. ids.Select(tokens => tokens.Length)], _device, _cache);
        AttentionBatch attention = batch.Attention;
        Tensor hidden = _workspace.Hidden.Slice(0, attention.Rows);
        for (int s = 0; s < sequences.Count; s++)
            _model.Embed(ids[s].Span, visualTokens[s], hidden.Slice(attention.RowOffsets[s], ids[s].Length));
        _model.Forward(hidden, attention, _cache, _workspace, cancellationToken, beforeLayer is null ? null : layer => beforeLayer(layer, hidden));

        int[] rows = outputRows ?? batch.LastRows;
        if (rows.Length > _maxOutputs)
            throw new ArgumentException($"{rows.Length} output rows; the pass has room for {_maxOutputs}.", nameof(outputRows));
        var scratch = new Tensor(_outputs, 0, rows.Length, _model.Config.HiddenSize);
        var logits = new Tensor(_outputs, (long)_maxOutputs * _model.Config.HiddenSize, rows.Length, _model.Config.VocabSize);
        _model.Logits(hidden, rows, scratch, logits);
        return logits;
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _outputs.Dispose();
    }
}
