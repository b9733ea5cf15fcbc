using BenchmarkDotNet.Attributes;
using UniMed.Native;

namespace UniMed.Benchmarks;

/// <summary>The linear operation: 2 * rows * in * out FLOP, out * in * 4 bytes of f32 weights.</summary>
public class LinearBenchmarks
{
    private const int InFeatures = 1024;
    private const int OutFeatures = 2048;

    private IDevice _device = null!;
    private LinearWeights _weights = null!;
    private DeviceBuffer _input = null!;
    private DeviceBuffer _output = null!;

    /// <summary>Tokens.</summary>
    [Params(1, 8, 128)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        _device = DeviceCatalog.Create(DeviceCatalog.Reference);
        float[] values = new float[InFeatures * OutFeatures];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Philox.Uniform(1, (ulong)i) - 0.5);
        _weights = _device.LoadLinear(HostTensor.FromArray(values, OutFeatures, InFeatures), null);
        _input = _device.Allocate((long)Rows * InFeatures);
        _device.Upload(values.AsSpan(0, Rows * InFeatures), _input.AsTensor(Rows, InFeatures));
        _output = _device.Allocate((long)Rows * OutFeatures);
    }

    [GlobalCleanup]
    public void Release()
    {
        _output.Dispose();
        _input.Dispose();
        _weights.Dispose();
        _device.Dispose();
    }

    [Benchmark]
    public void Linear() => _device.Linear(_weights, _input.AsTensor(Rows, InFeatures), Activation.None, null, _output.AsTensor(Rows, OutFeatures));
}
