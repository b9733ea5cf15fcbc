using BenchmarkDotNet.Attributes;
using UniMed.Native;

namespace UniMed.Benchmarks;

/// <summary>Attention of one ViT-g block and one image: 4 * 257^2 * 1408 = 0.37 GFLOP.</summary>
public class VisionAttentionBenchmarks
{
    private const int Tokens = 257;
    private const int Width = 1408;
    private const int Heads = 16;

    private Device _device = null!;
    private DeviceBuffer _qkv = null!;
    private DeviceBuffer _output = null!;

    [GlobalSetup]
    public void Allocate()
    {
        _device = DeviceCatalog.Create(DeviceCatalog.Cpu);
        _qkv = _device.Allocate(Tokens * 3 * Width);
        _output = _device.Allocate(Tokens * Width);
        float[] values = new float[Tokens * 3 * Width];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Philox.Uniform(1, (ulong)i) - 0.5);
        _device.Upload(values, _qkv.AsTensor(Tokens, 3 * Width));
    }

    [GlobalCleanup]
    public void Release()
    {
        _output.Dispose();
        _qkv.Dispose();
        _device.Dispose();
    }

    [Benchmark]
    public void Attention() => _device.VisionAttention(_qkv.AsTensor(Tokens, 3 * Width), Heads, [0, Tokens], _output.AsTensor(Tokens, Width));
}
