using UniMed.Native;

namespace UniMed.Inference.Vision;

/// <summary>Scratch memory of the vision blocks for a number of rows.</summary>
internal sealed class VisionWorkspace : IDisposable
{
    private readonly DeviceBuffer _buffer;

    public VisionWorkspace(Device device, VisionConfig config, int rows)
    {
        long width = config.EmbedDim;
        _buffer = device.Allocate(rows * (width + (3 * width) + config.MlpDim));
        Normed = new Tensor(_buffer, 0, rows, config.EmbedDim);
        Qkv = new Tensor(_buffer, rows * width, rows, 3 * config.EmbedDim);
        Hidden = new Tensor(_buffer, rows * 4 * width, rows, config.MlpDim);
    }

    /// <summary>[rows, embed_dim]: normed input, then attention output.</summary>
    public Tensor Normed { get; }

    /// <summary>[rows, 3 * embed_dim].</summary>
    public Tensor Qkv { get; }

    /// <summary>[rows, mlp_dim].</summary>
    public Tensor Hidden { get; }

    public void Dispose() => _buffer.Dispose();
}
