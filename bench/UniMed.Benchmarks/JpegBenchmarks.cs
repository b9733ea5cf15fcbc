using BenchmarkDotNet.Attributes;
using UniMed.Inference;
using UniMed.Inference.Imaging.Jpeg;

namespace UniMed.Benchmarks;

/// <summary>Decoding a JPEG: a gray slice of 2048 x 2048 pixels at quality 80, 225 KB.</summary>
[MemoryDiagnoser]
public class JpegBenchmarks
{
    private byte[] _jpeg = [];

    [GlobalSetup]
    public void Read() => _jpeg = File.ReadAllBytes(BundledFiles.GrayJpeg);

    [Benchmark]
    public byte[] Decode() => JpegDecoder.DecodeRgb(_jpeg, ImageLimits.Default, "gray2048.jpg", out _, out _);
}
