using UniMed.Inference;
using UniMed.Inference.Weights.Layout;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The vision transformer's sizes and tensors. A key visual_encoder.* of the checkpoint replaces the file's.</summary>
internal sealed class VisionPlanner(TensorPlan plan, VisionFile vision, TensorPool checkpoint, OptionResolver options, ConversionOptions flags)
{
    private const int HeadDim = 88;
    private const int FullWidth = 1408;
    private const int FullDepth = 39;
    private const int MaxDepth = 1000;
    private const string CheckpointPrefix = "visual_encoder.";

    /// <summary>Names and ranks, to read sizes from a file whose sizes are not known yet.</summary>
    private static readonly VisionLayout Names = new(new VisionConfig { ImageSize = 1, PatchSize = 1, EmbedDim = 1, Depth = MaxDepth, NumHeads = 1, MlpDim = 1 });

    /// <summary>Reads the sizes and plans all tensors.</summary>
    /// <exception cref="ConversionException">A size cannot be known, or two sources contradict each other.</exception>
    public VisionConfig Plan()
    {
        IReadOnlyList<long> patch = Shape(Names.PatchWeight);
        IReadOnlyList<long> position = Shape(Names.Positions);
        IReadOnlyList<long> fc1 = Shape(Names.Blocks[0].Fc1Weight);
        (int width, int patchSize, int mlp) = (ToSize(patch[0]), ToSize(patch[2]), ToSize(fc1[0]));
        JsonFile? sizes = vision.Sizes?.Child("vit");
        CheckSize(sizes, "embed_dim", width, Key(Names.PatchWeight));
        CheckMlpRatio(sizes, width, mlp);

        int grid = ToGrid(position[1] - 1);
        int imageSize = DecideImageSize(grid, patchSize);
        int depth = DecideDepth(sizes, width);
        int heads = DecideHeads(sizes, width);
        var config = new VisionConfig { ImageSize = imageSize, PatchSize = patchSize, EmbedDim = width, Depth = depth, NumHeads = heads, MlpDim = mlp };
        // The file's position embedding stays as it is: the engine interpolates it to the image's grid.
        PlanTensors(new VisionLayout(config with { ImageSize = grid * patchSize }));
        return config;
    }

    private void PlanTensors(VisionLayout layout)
    {
        foreach (LayoutTensor tensor in layout.Tensors.Where(tensor => !tensor.IsOptional))
            plan.Require(tensor, null, new TensorCandidate(checkpoint, CheckpointPrefix + Key(tensor)), new TensorCandidate(vision.Pool, Key(tensor)));
        PlanFinalNorm([.. layout.Tensors.Where(tensor => tensor.IsOptional)]);
        string reason = $"a block beyond the {layout.Blocks.Count} that Uni-Med uses";
        plan.ExplainUnused(vision.Pool, "blocks.", reason);
        plan.ExplainUnused(checkpoint, CheckpointPrefix + "blocks.", reason);
    }

    /// <summary>ln_vision is frozen at its initial value and normally in no file.</summary>
    private void PlanFinalNorm(LayoutTensor[] lnVision)
    {
        bool isTrained = lnVision.Any(tensor => checkpoint.TryPeek(tensor.Name, out _));
        foreach (LayoutTensor tensor in lnVision)
        {
            var candidate = new TensorCandidate(checkpoint, tensor.Name);
            if (isTrained)
                plan.Require(tensor, null, candidate);
            else
                plan.AddMissing(candidate, tensor.Role == TensorRole.NormScale ? "all ones" : "all zeros");
        }
    }

    private static string Key(LayoutTensor tensor) => tensor.Name[VisionLayout.Prefix.Length..];

    private int DecideImageSize(int grid, int patchSize)
    {
        ResolvedOption<int>? given = options.FindInt("image_size", flags.ImageSize);
        ResolvedOption<int> size = vision.Sizes?.Has("image_size") == true
            ? options.Decide("image_size", given, vision.Sizes.Int("image_size", max: 1 << 20), vision.Sizes.Name)
            : options.Decide("image_size", given, grid * patchSize, $"the shape of {Key(Names.Positions)}");
        return size.Value % patchSize == 0
            ? size.Value
            : throw new ConversionException($"{size}, which is not a multiple of the patch size {patchSize} (the shape of {Key(Names.PatchWeight)}).");
    }

    private int DecideDepth(JsonFile? sizes, int width)
    {
        ResolvedOption<int>? given = options.FindInt("vit_depth", flags.VitDepth, max: MaxDepth);
        if (sizes?.Has("depth") == true)
        {
            int depth = sizes.Int("depth", max: MaxDepth);
            CheckFlag(given, depth, sizes.Name);
            return options.Decide("vit_depth", null, depth, sizes.Name).Value;
        }

        int blocks = 0;
        while (blocks < MaxDepth && Peek(Names.Blocks[blocks].QkvWeight) is not null)
            blocks++;
        return width == FullWidth
            ? options.Decide("vit_depth", given, FullDepth, "EVA-CLIP ViT-g without its last block").Value
            : options.Decide("vit_depth", given, Math.Max(blocks, 1), "the blocks in the file").Value;
    }

    private int DecideHeads(JsonFile? sizes, int width)
    {
        ResolvedOption<int>? given = options.FindInt("vit_heads", flags.VitHeads, max: 1024);
        ResolvedOption<int> heads;
        if (sizes?.Has("num_heads") == true)
        {
            int stated = sizes.Int("num_heads", max: 1024);
            CheckFlag(given, stated, sizes.Name);
            heads = options.Decide("vit_heads", null, stated, sizes.Name);
        }
        else
        {
            if (given is null && width % HeadDim != 0)
            {
                throw new ConversionException(
                    $"The number of attention heads of {vision.Pool.Description} cannot be known: its width {width} is not a multiple of {HeadDim}. Give --vit-heads.");
            }

            heads = options.Decide("vit_heads", given, width / HeadDim, $"width {width} / {HeadDim}");
        }

        return width % heads.Value == 0
            ? heads.Value
            : throw new ConversionException($"{heads}, which does not divide the width {width} of {vision.Pool.Description}.");
    }

    private static void CheckFlag(ResolvedOption<int>? flag, int stated, string file)
    {
        if (flag is { } given && given.Value != stated)
            throw new ConversionException($"{given}, but {file} says {stated}.");
    }

    private static void CheckSize(JsonFile? sizes, string property, int found, string key)
    {
        if (sizes?.Has(property) == true && sizes.Int(property) != found)
            throw new ConversionException($"{sizes.Name}: {property} is {sizes.Int(property)}, but {key} says {found}.");
    }

    private static void CheckMlpRatio(JsonFile? sizes, int width, int mlp)
    {
        if (sizes?.Has("mlp_ratio") != true)
            return;
        double ratio = sizes.Double("mlp_ratio");
        var stated = (int)(width * ratio);
        if (stated != mlp)
            throw new ConversionException($"{sizes.Name}: mlp_ratio {OptionText.Of(ratio)} makes an MLP of {stated}, but {Key(Names.Blocks[0].Fc1Weight)} has {mlp} rows.");
    }

    private SourceTensor? Peek(LayoutTensor tensor) =>
        checkpoint.TryPeek(CheckpointPrefix + Key(tensor), out SourceTensor? trained) ? trained : vision.Pool.TryPeek(Key(tensor), out SourceTensor? found) ? found : null;

    private IReadOnlyList<long> Shape(LayoutTensor asked)
    {
        SourceTensor tensor = Peek(asked)
            ?? throw new ConversionException($"{vision.Pool.Description}: \"{Key(asked)}\" is missing. This is not an EVA-CLIP vision transformer as Uni-Med uses it.");
        return tensor.Shape.Count == asked.Shape.Count && tensor.Shape.All(n => n > 0)
            ? tensor.Shape
            : throw new ConversionException($"{tensor.File}: \"{tensor.Key}\" has shape {TensorPlan.Text(tensor.Shape)}; {asked.Shape.Count} dimensions are expected.");
    }

    private int ToSize(long size) => size <= 1 << 20 ? (int)size : throw new ConversionException($"{vision.Pool.Description}: a size of {size} is beyond every vision transformer.");

    private int ToGrid(long patches)
    {
        var grid = (int)Math.Round(Math.Sqrt(patches));
        return patches > 0 && (long)grid * grid == patches && grid < 1 << 12
            ? grid
            : throw new ConversionException($"{vision.Pool.Description}: {Key(Names.Positions)} holds {patches} patch positions; a square number is expected.");
    }
}
