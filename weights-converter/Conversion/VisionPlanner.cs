using UniMed.Inference;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The vision transformer's sizes and tensors. A key visual_encoder.* of the checkpoint replaces the file's.</summary>
internal sealed class VisionPlanner(TensorPlan plan, VisionFile vision, TensorPool checkpoint, OptionResolver options, ConversionOptions flags)
{
    private const int HeadDim = 88;
    private const int FullWidth = 1408;
    private const int FullDepth = 39;
    private const int MaxDepth = 1000;

    /// <summary>Reads the sizes and plans all tensors.</summary>
    /// <exception cref="ConversionException">A size cannot be known, or two sources contradict each other.</exception>
    public VisionConfig Plan()
    {
        IReadOnlyList<long> patch = Shape("patch_embed.proj.weight", 4);
        IReadOnlyList<long> position = Shape("pos_embed", 3);
        IReadOnlyList<long> fc1 = Shape("blocks.0.mlp.fc1.weight", 2);
        (int width, int patchSize, int mlp) = (ToSize(patch[0]), ToSize(patch[2]), ToSize(fc1[0]));
        JsonFile? sizes = vision.Sizes?.Child("vit");
        CheckSize(sizes, "embed_dim", width, "patch_embed.proj.weight");
        CheckMlpRatio(sizes, width, mlp);

        int grid = ToGrid(position[1] - 1);
        int imageSize = DecideImageSize(grid, patchSize);
        int depth = DecideDepth(sizes, width);
        int heads = DecideHeads(sizes, width);
        PlanTensors(width, patchSize, grid, depth, mlp);
        return new VisionConfig { ImageSize = imageSize, PatchSize = patchSize, EmbedDim = width, Depth = depth, NumHeads = heads, MlpDim = mlp };
    }

    private void PlanTensors(long width, long patchSize, long grid, int depth, long mlp)
    {
        Require("cls_token", 1, 1, width);
        Require("pos_embed", 1, 1 + (grid * grid), width);
        Require("patch_embed.proj.weight", width, 3, patchSize, patchSize);
        Require("patch_embed.proj.bias", width);
        for (int i = 0; i < depth; i++)
        {
            string block = $"blocks.{i}.";
            Require(block + "norm1.weight", width);
            Require(block + "norm1.bias", width);
            Require(block + "attn.q_bias", width);
            Require(block + "attn.v_bias", width);
            Require(block + "attn.qkv.weight", 3 * width, width);
            Require(block + "attn.proj.weight", width, width);
            Require(block + "attn.proj.bias", width);
            Require(block + "norm2.weight", width);
            Require(block + "norm2.bias", width);
            Require(block + "mlp.fc1.weight", mlp, width);
            Require(block + "mlp.fc1.bias", mlp);
            Require(block + "mlp.fc2.weight", width, mlp);
            Require(block + "mlp.fc2.bias", width);
        }

        PlanFinalNorm(width);
        plan.ExplainUnused(vision.Pool, "blocks.", $"a block beyond the {depth} that Uni-Med uses");
        plan.ExplainUnused(checkpoint, "visual_encoder.blocks.", $"a block beyond the {depth} that Uni-Med uses");
    }

    /// <summary>ln_vision is frozen at its initial value and normally in no file.</summary>
    private void PlanFinalNorm(long width)
    {
        foreach (string key in (string[])["ln_vision.weight", "ln_vision.bias"])
        {
            var candidate = new TensorCandidate(checkpoint, key);
            if (checkpoint.TryPeek("ln_vision.weight", out _) || checkpoint.TryPeek("ln_vision.bias", out _))
                plan.Require(key, [width], null, candidate);
            else
                plan.AddMissing(candidate, key == "ln_vision.weight" ? "all ones" : "all zeros");
        }
    }

    private void Require(string key, params long[] shape) =>
        plan.Require("vision." + key, shape, null, new TensorCandidate(checkpoint, "visual_encoder." + key), new TensorCandidate(vision.Pool, key));

    private int DecideImageSize(int grid, int patchSize)
    {
        ResolvedOption<int>? given = options.FindInt("image_size", flags.ImageSize);
        ResolvedOption<int> size = vision.Sizes?.Has("image_size") == true
            ? options.Decide("image_size", given, vision.Sizes.Int("image_size", max: 1 << 20), vision.Sizes.Name)
            : options.Decide("image_size", given, grid * patchSize, "the shape of pos_embed");
        return size.Value % patchSize == 0
            ? size.Value
            : throw new ConversionException($"{size}, which is not a multiple of the patch size {patchSize} (the shape of patch_embed.proj.weight).");
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
        while (blocks < MaxDepth && Peek($"blocks.{blocks}.attn.qkv.weight") is not null)
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
            throw new ConversionException($"{sizes.Name}: mlp_ratio {OptionText.Of(ratio)} makes an MLP of {stated}, but blocks.0.mlp.fc1.weight has {mlp} rows.");
    }

    private SourceTensor? Peek(string key) =>
        checkpoint.TryPeek("visual_encoder." + key, out SourceTensor? trained) ? trained : vision.Pool.TryPeek(key, out SourceTensor? found) ? found : null;

    private IReadOnlyList<long> Shape(string key, int rank)
    {
        SourceTensor tensor = Peek(key)
            ?? throw new ConversionException($"{vision.Pool.Description}: \"{key}\" is missing. This is not an EVA-CLIP vision transformer as Uni-Med uses it.");
        return tensor.Shape.Count == rank && tensor.Shape.All(n => n > 0)
            ? tensor.Shape
            : throw new ConversionException(
                $"{tensor.File}: \"{tensor.Key}\" has shape {TensorPlan.Text(tensor.Shape)}; {rank} dimensions are expected.");
    }

    private int ToSize(long size) => size <= 1 << 20 ? (int)size : throw new ConversionException($"{vision.Pool.Description}: a size of {size} is beyond every vision transformer.");

    private int ToGrid(long patches)
    {
        var grid = (int)Math.Round(Math.Sqrt(patches));
        return patches > 0 && (long)grid * grid == patches && grid < 1 << 12
            ? grid
            : throw new ConversionException($"{vision.Pool.Description}: pos_embed holds {patches} patch positions; a square number is expected.");
    }
}
