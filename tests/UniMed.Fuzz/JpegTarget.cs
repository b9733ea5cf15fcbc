using UniMed.Inference;
using UniMed.Inference.Imaging.Jpeg;
using UniMed.Tests;

namespace UniMed.Fuzz;

/// <summary>A JPEG file, with corpus files of every kind that is decoded or refused.</summary>
internal sealed class JpegTarget : IFuzzTarget
{
    private static readonly ImageLimits Limits = new() { MaxDimension = 2048, MaxPixels = 1 << 20 };

    public string Name => "jpeg";

    public IEnumerable<string> CorpusFiles => Directory.EnumerateFiles(Golden.Path("jpeg"), "*.jpg").Order(StringComparer.Ordinal);

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] rgb = JpegDecoder.DecodeRgb(input, Limits, "input", out int width, out int height);
        if (rgb.Length != width * height * 3)
            throw new InvalidOperationException($"{rgb.Length} bytes for {width} x {height} pixels");
    }
}
