using UniMed.Inference.Imaging;
using UniMed.Tests;

namespace UniMed.Fuzz;

/// <summary>An encoded picture of any kind: headers, limits, decoding.</summary>
internal sealed class ImageTarget : IFuzzTarget
{
    private const int LargestSeed = 64 << 10;

    private static readonly ImageDecodeOptions Options = new() { Limits = new ImageLimits { MaxDimension = 2048, MaxPixels = 1 << 20 } };

    public string Name => "image";

    public IEnumerable<string> CorpusFiles => Directory.EnumerateFiles(Golden.Path("preprocess"))
        .Where(file => Path.GetExtension(file) is not (".npy" or ".json") && new FileInfo(file).Length <= LargestSeed)
        .Order(StringComparer.Ordinal);

    public void Run(ReadOnlySpan<byte> input) => MedicalImage.Decode(input, Options, "input");
}
