namespace UniMed.Inference.Weights.Layout;

/// <summary>The tensors of the vision transformer and of ln_vision.</summary>
internal sealed class VisionLayout
{
    /// <summary>How the transformer's names begin; the rest are the names of the authors' file.</summary>
    public const string Prefix = "vision.";

    private readonly List<LayoutTensor> _tensors = [];

    /// <summary>Lays a transformer out.</summary>
    public VisionLayout(VisionConfig config)
    {
        long width = config.EmbedDim;
        long patch = config.PatchSize;
        long positions = 1 + ((long)config.Grid * config.Grid);
        var vision = new LayoutBuilder(_tensors, Prefix);
        ClassToken = vision.Tensor("cls_token", [1, 1, width], 1, TensorRole.Vector);
        Positions = vision.Tensor("pos_embed", [1, positions, width], positions, TensorRole.Positions);
        PatchWeight = vision.Tensor("patch_embed.proj.weight", [width, 3, patch, patch], width, TensorRole.Table);
        PatchBias = vision.Vector("patch_embed.proj.bias", width);
        Blocks = [.. Enumerable.Range(0, config.Depth).Select(index => LayBlock(vision.Under($"blocks.{index}."), width, config.MlpDim))];
        // Frozen at its initial weight 1 and bias 0, so files normally leave it out.
        var lnVision = new LayoutBuilder(_tensors, "ln_vision.");
        LnVisionWeight = lnVision.Vector("weight", width, TensorRole.NormScale, isOptional: true);
        LnVisionBias = lnVision.Vector("bias", width, isOptional: true);
    }

    /// <summary>The class token, [1, 1, width].</summary>
    public LayoutTensor ClassToken { get; }

    /// <summary>The position embedding, [1, 1 + patches, width]; files may have another square grid.</summary>
    public LayoutTensor Positions { get; }

    /// <summary>The patch embedding, a convolution [width, 3, patch, patch].</summary>
    public LayoutTensor PatchWeight { get; }

    /// <summary>Its bias.</summary>
    public LayoutTensor PatchBias { get; }

    /// <summary>The blocks.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>Scale of ln_vision; optional.</summary>
    public LayoutTensor LnVisionWeight { get; }

    /// <summary>Bias of ln_vision; optional.</summary>
    public LayoutTensor LnVisionBias { get; }

    /// <summary>All of them, in the order of the file.</summary>
    public IReadOnlyList<LayoutTensor> Tensors => _tensors;

    private static Block LayBlock(LayoutBuilder block, long width, long mlp) => new(
        block.Vector("norm1.weight", width, TensorRole.NormScale),
        block.Vector("norm1.bias", width),
        block.Vector("attn.q_bias", width),
        block.Vector("attn.v_bias", width),
        block.Matrix("attn.qkv.weight", 3 * width, width, TensorRole.VisionLayer),
        block.Matrix("attn.proj.weight", width, width, TensorRole.VisionLayer),
        block.Vector("attn.proj.bias", width),
        block.Vector("norm2.weight", width, TensorRole.NormScale),
        block.Vector("norm2.bias", width),
        block.Matrix("mlp.fc1.weight", mlp, width, TensorRole.VisionLayer),
        block.Vector("mlp.fc1.bias", mlp),
        block.Matrix("mlp.fc2.weight", width, mlp, TensorRole.VisionLayer),
        block.Vector("mlp.fc2.bias", width));

    /// <summary>The tensors of one block. Keys have no bias.</summary>
    internal sealed record Block(
        LayoutTensor Norm1Weight,
        LayoutTensor Norm1Bias,
        LayoutTensor QBias,
        LayoutTensor VBias,
        LayoutTensor QkvWeight,
        LayoutTensor ProjWeight,
        LayoutTensor ProjBias,
        LayoutTensor Norm2Weight,
        LayoutTensor Norm2Bias,
        LayoutTensor Fc1Weight,
        LayoutTensor Fc1Bias,
        LayoutTensor Fc2Weight,
        LayoutTensor Fc2Bias);
}
