namespace UniMed.WeightsConverter.Sources;

/// <summary>The vision transformer's .pth, and the sizes in a vit.json beside it, where there is one.</summary>
internal sealed class VisionFile : IDisposable
{
    private const string SizesName = "vit.json";

    private readonly WeightFile _file;

    private VisionFile(WeightFile file, JsonFile? sizes, string? sizesPath)
    {
        _file = file;
        Pool = new TensorPool("vision", System.IO.Path.GetFileName(file.Path), file.Tensors, file.Skipped, KeyLayout.Vision);
        Sizes = sizes;
        Paths = sizesPath is null ? [new("vision", file.Path)] : [new("vision", file.Path), new("vision", sizesPath)];
    }

    /// <summary>The tensors.</summary>
    public TensorPool Pool { get; }

    /// <summary>vit.json, or null: {"vit": {embed_dim, depth, num_heads, mlp_ratio}, "image_size", ...}.</summary>
    public JsonFile? Sizes { get; }

    /// <summary>The files that were read.</summary>
    public IReadOnlyList<SourcePath> Paths { get; }

    /// <summary>Opens the file and its sizes.</summary>
    public static VisionFile Open(string path)
    {
        string sizesPath = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) ?? "", SizesName);
        JsonFile? sizes = File.Exists(sizesPath) ? JsonFile.Read(sizesPath) : null;
        return new VisionFile(WeightFile.Open(path), sizes, sizes is null ? null : sizesPath);
    }

    public void Dispose() => _file.Dispose();
}
