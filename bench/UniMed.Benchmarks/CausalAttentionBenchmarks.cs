using BenchmarkDotNet.Attributes;
using UniMed.Native;

namespace UniMed.Benchmarks;

/// <summary>Attention of one LLaMA-2-7B layer over cached keys and values: 4 * rows * positions * 4096 FLOP, and for one row 8 * positions * 4096 bytes of cache.</summary>
public class CausalAttentionBenchmarks
{
    private const int Heads = 32;
    private const int HeadDim = 128;
    private const int BlockSize = 16;
    private const int Longest = 1024;

    private readonly int[] _blocks = [.. Enumerable.Range(0, Longest / BlockSize)];

    private Device _device = null!;
    private KvCache _cache = null!;
    private DeviceBuffer _query = null!;
    private DeviceBuffer _output = null!;

    /// <summary>Positions, the row's own included.</summary>
    [Params(128, 1024)]
    public int Positions { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        _device = DeviceCatalog.Create(DeviceCatalog.Cpu);
        _cache = _device.CreateKvCache(1, Heads, HeadDim, _blocks.Length, BlockSize);
        _query = _device.Allocate((long)Longest * Heads * HeadDim);
        _output = _device.Allocate((long)Longest * Heads * HeadDim);
        float[] values = new float[Longest * Heads * HeadDim];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Philox.Uniform(1, (ulong)i) - 0.5);
        _device.Upload(values, _query.AsTensor(Longest, Heads * HeadDim));
    }

    [GlobalCleanup]
    public void Release()
    {
        _output.Dispose();
        _query.Dispose();
        _cache.Dispose();
        _device.Dispose();
    }

    /// <summary>One more token.</summary>
    [Benchmark]
    public void Decode() => _device.DecodeAttention(
        _query.AsTensor(1, Heads * HeadDim), new AttentionBatch([0, 1], [Positions - 1], _blocks, _blocks.Length), _cache, 0, _output.AsTensor(1, Heads * HeadDim));

    /// <summary>A whole prompt.</summary>
    [Benchmark]
    public void Prefill() => _device.PrefillAttention(
        _query.AsTensor(Positions, Heads * HeadDim), new AttentionBatch([0, Positions], [0], _blocks, _blocks.Length), _cache, 0, _output.AsTensor(Positions, Heads * HeadDim));
}
