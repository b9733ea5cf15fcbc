using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>Scratch memory of the decoder layers for up to a number of rows; one generation keeps one and allocates nothing per token.</summary>
internal sealed class LanguageWorkspace : IDisposable
{
    private readonly DeviceBuffer _buffer;

    public LanguageWorkspace(Device device, LanguageConfig config, int rows)
    {
        int queryWidth = config.NumAttentionHeads * config.HeadDim;
        long hidden = (long)rows * config.HiddenSize;
        long query = (long)rows * queryWidth;
        _buffer = device.Allocate((2 * hidden) + (2 * query) + ((long)rows * config.IntermediateSize));
        Hidden = new Tensor(_buffer, 0, rows, config.HiddenSize);
        Normed = new Tensor(_buffer, hidden, rows, config.HiddenSize);
        Query = new Tensor(_buffer, 2 * hidden, rows, queryWidth);
        Attended = new Tensor(_buffer, (2 * hidden) + query, rows, queryWidth);
        Gated = new Tensor(_buffer, (2 * hidden) + (2 * query), rows, config.IntermediateSize);
    }

    /// <summary>[rows, hidden_size]: the residual stream.</summary>
    public Tensor Hidden { get; }

    /// <summary>[rows, hidden_size].</summary>
    public Tensor Normed { get; }

    /// <summary>[rows, heads * head_dim].</summary>
    public Tensor Query { get; }

    /// <summary>[rows, heads * head_dim].</summary>
    public Tensor Attended { get; }

    /// <summary>[rows, intermediate_size].</summary>
    public Tensor Gated { get; }

    public void Dispose() => _buffer.Dispose();
}
