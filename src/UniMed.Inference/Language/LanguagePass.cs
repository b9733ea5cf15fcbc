using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>One forward pass of a ragged batch: the arrows prompt -> hidden states -> logits in one call.</summary>
/// <remarks>Owns its scratch memory and what its device recorded of it; used by one request at a time. Run again with as many sequences it allocates nothing.</remarks>
internal sealed class LanguagePass : IDisposable
{
    private readonly Device _device;
    private readonly LanguageModel _model;
    private readonly KvCache _cache;
    private readonly LanguageWorkspace _workspace;
    private readonly DeviceBuffer _outputs;
    private readonly DeviceStep _step;
    private readonly SequenceBatch _batch = new();
    private readonly int[] _ids;
    private readonly int[] _outputRows;

    private SequenceInput[] _inputs = [];
    private int _sequences;
    private int _wanted;
    private CancellationToken _cancellation;
    private Action<int>? _beforeLayer;
    private Action<Tensor>? _withLogits;

    /// <summary>Allocates scratch.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="model">Language model.</param>
    /// <param name="cache">Paged cache.</param>
    /// <param name="maxRows">Most rows of a pass.</param>
    /// <param name="maxOutputs">Most rows of a pass whose logits are wanted.</param>
    public LanguagePass(Device device, LanguageModel model, KvCache cache, int maxRows, int maxOutputs)
    {
        _device = device;
        _model = model;
        _cache = cache;
        _ids = new int[maxRows];
        _outputRows = new int[maxOutputs];
        _workspace = new LanguageWorkspace(device, model.Config, maxRows);
        _outputs = device.Allocate((long)maxOutputs * (model.Config.HiddenSize + model.LogitColumns));
        _step = device.CreateStep();
    }

    private Tensor Hidden => _workspace.Hidden.Slice(0, _batch.Rows);

    private Tensor Logits => new(_outputs, (long)_outputRows.Length * _model.Config.HiddenSize, _wanted, _model.LogitColumns);

    /// <summary>Runs new tokens of some sequences and gives logits of the last row of each.</summary>
    /// <param name="inputs">Sequences and their new tokens; each has at least one.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <param name="withLogits">Operations that belong to the pass, such as the choice of tokens: part of the device's step, so their results are there when this returns.</param>
    /// <returns>[sequences, logit columns]; valid until the next pass.</returns>
    public Tensor Run(ReadOnlySpan<SequenceInput> inputs, CancellationToken cancellationToken, Action<Tensor>? withLogits = null)
    {
        Begin(inputs, inputs.Length);
        _withLogits = withLogits;
        for (int s = 0; s < inputs.Length; s++)
            _outputRows[s] = _batch.RowOffsets[s + 1] - 1;
        return Finish(null, cancellationToken);
    }

    /// <summary>As the other one, with logits of chosen rows.</summary>
    /// <param name="inputs">Sequences and their new tokens.</param>
    /// <param name="outputRows">Rows whose logits are wanted, counted over the whole batch.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <param name="beforeLayer">Called with the layer and the residual stream before each layer, which is then no step of the device; for comparing implementations.</param>
    /// <returns>[output rows, logit columns]; valid until the next pass.</returns>
    public Tensor Run(ReadOnlySpan<SequenceInput> inputs, ReadOnlySpan<int> outputRows, CancellationToken cancellationToken, Action<int, Tensor>? beforeLayer = null)
    {
        Begin(inputs, outputRows.Length);
        _withLogits = null;
        outputRows.CopyTo(_outputRows);
        return Finish(beforeLayer is null ? null : layer => beforeLayer(layer, Hidden), cancellationToken);
    }

    public void Dispose()
    {
        _step.Dispose();
        _workspace.Dispose();
        _outputs.Dispose();
    }

    private void Begin(ReadOnlySpan<SequenceInput> inputs, int wanted)
    {
        if (wanted > _outputRows.Length)
            throw new ArgumentException($"{wanted} output rows; the pass has room for {_outputRows.Length}.", nameof(wanted));
        if (_inputs.Length < inputs.Length)
            _inputs = new SequenceInput[inputs.Length];
        inputs.CopyTo(_inputs);
        _sequences = inputs.Length;
        _wanted = wanted;
        _batch.Set(inputs, _device, _cache);
        for (int s = 0; s < inputs.Length; s++)
            inputs[s].Ids.Span.CopyTo(_ids.AsSpan(_batch.RowOffsets[s]));
    }

    private Tensor Finish(Action<int>? beforeLayer, CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        _beforeLayer = beforeLayer;
        if (beforeLayer is null)
            _step.Run(this, static pass => pass.Operations());
        else
            Operations();
        Array.Clear(_inputs, 0, _sequences);
        return Logits;
    }

    private void Operations()
    {
        Embed();
        _model.Forward(Hidden, _batch.Attention, _cache, _workspace, _cancellation, _beforeLayer);
        var scratch = new Tensor(_outputs, 0, _wanted, _model.Config.HiddenSize);
        _model.Logits(Hidden, _outputRows.AsSpan(0, _wanted), scratch, Logits);
        _withLogits?.Invoke(Logits);
    }

    /// <summary>Neighbours without visual tokens are embedded together.</summary>
    private void Embed()
    {
        for (int first = 0; first < _sequences;)
        {
            int end = first + 1;
            while (_inputs[first].VisualTokens is null && end < _sequences && _inputs[end].VisualTokens is null)
                end++;
            int row = _batch.RowOffsets[first];
            int rows = _batch.RowOffsets[end] - row;
            _model.Embed(_ids.AsSpan(row, rows), _inputs[first].VisualTokens, Hidden.Slice(row, rows));
            first = end;
        }
    }
}
