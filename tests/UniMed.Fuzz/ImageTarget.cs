using UniMed.Inference;
using UniMed.Tests;

namespace UniMed.Fuzz;

/// <summary>An encoded picture of any kind: headers, limits, decoding.</summary>
internal sealed class ImageTarget : IFuzzTarget
{
    private const int LargestSeed = 64 << 10;

    private static readonly ImageDecodeOptions Options = new() { Limits = new ImageLimits { MaxDimension = 2048, MaxPixels = 1 << 20 } };

    public string Name => "image";

    /// <summary>Every kind of every format that is read, and kinds that are refused.</summary>
    public IEnumerable<string> CorpusFiles => new[] { "preprocess", "pictures", "jpeg" }
        .SelectMany(folder => Directory.EnumerateFiles(Golden.Path(folder)).Order(StringComparer.Ordinal))
        .Where(file => Path.GetExtension(file) is not (".npy" or ".json" or ".md" or ".py") && new FileInfo(file).Length <= LargestSeed);

    public void Run(ReadOnlySpan<byte> input) => MedicalImage.Decode(input, Options, "input");
}
