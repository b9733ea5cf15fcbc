using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Vision;

/// <summary>EVA-CLIP ViT and ln_vision: pixels of one or many images in, <see cref="VisionFeatures"/> of each out (docs/uni-med.md, section 2).</summary>
/// <remarks>Immutable after construction; thread-safe.</remarks>
internal sealed class VisionEncoder : IDisposable
{
    private readonly Device _device;
    private readonly VisionConfig _config;
    private readonly PatchEmbeddingWeights _patchEmbedding;
    private readonly VisionBlock[] _blocks;
    private readonly NormWeights _lnVision;

    public VisionEncoder(Device device, VisionConfig config, ModelWeights weights)
    {
        _device = device;
        _config = config;
        int width = config.EmbedDim;
        var layout = new VisionLayout(config);
        _patchEmbedding = device.LoadPatchEmbedding(
            weights.Load(layout.PatchWeight),
            weights.Load(layout.PatchBias),
            weights.Load(layout.ClassToken),
            Positions(config, weights.Load(layout.Positions)),
            config.PatchSize,
            config.Grid);
        _blocks = [.. layout.Blocks.Select(block => new VisionBlock(device, config, block, weights))];
        _lnVision = weights.Contains(layout.LnVisionWeight)
            ? device.LoadNorm(weights.Load(layout.LnVisionWeight), weights.Load(layout.LnVisionBias))
            : device.LoadNorm(HostTensor.FromArray(Ones(width), 1, width), HostTensor.FromArray(new float[width], 1, width));
    }

    /// <summary>Patches of an image: grid * grid.</summary>
    public int Patches => _config.Grid * _config.Grid;

    /// <summary>Encodes images together.</summary>
    /// <param name="pixels">Normalized pixels of each image, [3, image_size, image_size].</param>
    /// <param name="cancellationToken">Looked at before every block.</param>
    /// <returns>Features of each image, in order; the caller disposes them.</returns>
    public VisionFeatures[] Encode(IReadOnlyList<float[]> pixels, CancellationToken cancellationToken) => Encode(pixels.Count, Upload(pixels), cancellationToken);

    /// <summary>Encodes an image whose pixels somebody writes on the device.</summary>
    /// <param name="write">Writes normalized pixels, [1, 3 * image_size * image_size].</param>
    /// <param name="cancellationToken">Looked at before every block.</param>
    /// <returns>Its features; the caller disposes them.</returns>
    public VisionFeatures Encode(Action<Tensor> write, CancellationToken cancellationToken) => Encode(1, write, cancellationToken)[0];

    /// <summary>The transformer alone: all tokens of all images before ln_vision.</summary>
    /// <param name="pixels">Normalized pixels of each image.</param>
    /// <param name="tokens">[images * (1 + patches), embed_dim], written.</param>
    /// <param name="afterBlock">Called with the block's number after each block; for comparing implementations.</param>
    /// <param name="cancellationToken">Looked at before every block.</param>
    internal void EncodeTokens(IReadOnlyList<float[]> pixels, Tensor tokens, Action<int>? afterBlock, CancellationToken cancellationToken) =>
        EncodeTokens(pixels.Count, Upload(pixels), tokens, afterBlock, cancellationToken);

    private VisionFeatures[] Encode(int count, Action<Tensor> write, CancellationToken cancellationToken)
    {
        int width = _config.EmbedDim;
        int tokensPerImage = 1 + Patches;
        using DeviceBuffer buffer = _device.Allocate((long)count * tokensPerImage * width);
        Tensor tokens = buffer.AsTensor(count * tokensPerImage, width);
        EncodeTokens(count, write, tokens, null, cancellationToken);
        _device.LayerNorm(_lnVision, tokens, (float)_config.LnVisionEps, tokens);

        var features = new VisionFeatures[count];
        for (int image = 0; image < features.Length; image++)
        {
            DeviceBuffer kept = _device.Allocate((long)Patches * width);
            _device.Copy(tokens.Slice((image * tokensPerImage) + 1, Patches), kept.AsTensor(Patches, width));
            features[image] = new VisionFeatures(kept, Patches, width);
        }

        return features;
    }

    private Action<Tensor> Upload(IReadOnlyList<float[]> pixels) => images =>
    {
        for (int image = 0; image < pixels.Count; image++)
            _device.Upload(pixels[image], images.Slice(image, 1));
    };

    private void EncodeTokens(int count, Action<Tensor> write, Tensor tokens, Action<int>? afterBlock, CancellationToken cancellationToken)
    {
        int pixelCount = 3 * _config.ImageSize * _config.ImageSize;
        using (DeviceBuffer input = _device.Allocate((long)count * pixelCount))
        {
            Tensor images = input.AsTensor(count, pixelCount);
            write(images);
            _device.PatchEmbedding(_patchEmbedding, images, tokens);
        }

        Span<int> rowOffsets = new int[count + 1];
        for (int image = 1; image <= count; image++)
            rowOffsets[image] = image * (1 + Patches);
        using var workspace = new VisionWorkspace(_device, _config, tokens.Rows);
        for (int block = 0; block < _blocks.Length; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _blocks[block].Forward(tokens, rowOffsets, workspace);
            afterBlock?.Invoke(block);
        }
    }

    public void Dispose()
    {
        _patchEmbedding.Dispose();
        foreach (VisionBlock block in _blocks)
            block.Dispose();
        _lnVision.Dispose();
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        for (int i = 0; i < count; i++)
            ones[i] = 1;
        return ones;
    }

    /// <summary>The file's positions, interpolated where the image has another grid.</summary>
    private static HostTensor Positions(VisionConfig config, HostTensor stored)
    {
        int from = (int)Math.Sqrt(stored.Rows - 1);
        return from == config.Grid
            ? stored
            : HostTensor.FromArray(PositionEmbedding.Interpolate(stored.ToSingleArray(), from, config.Grid, stored.Columns), 1 + (config.Grid * config.Grid), stored.Columns);
    }
}
