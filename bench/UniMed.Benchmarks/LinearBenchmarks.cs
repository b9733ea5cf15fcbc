using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using UniMed.Native;

namespace UniMed.Benchmarks;

/// <summary>The linear operation: 2 * rows * in * out FLOP; in * out weights of 4, 2, 1.06 or 0.56 bytes.</summary>
public class LinearBenchmarks
{
    private const int InFeatures = 1024;
    private const int OutFeatures = 2048;

    private Device _device = null!;
    private LinearWeights _weights = null!;
    private DeviceBuffer _input = null!;
    private DeviceBuffer _output = null!;

    /// <summary>Tokens.</summary>
    [Params(1, 8, 128)]
    public int Rows { get; set; }

    /// <summary>How weights are stored.</summary>
    [Params("f32", "f16", "int8", "int4")]
    public string Weights { get; set; } = "f32";

    /// <summary>Device.</summary>
    [Params(DeviceCatalog.Cpu, DeviceCatalog.Reference)]
    public string Device { get; set; } = DeviceCatalog.Cpu;

    [GlobalSetup]
    public void Allocate()
    {
        _device = DeviceCatalog.Create(Device);
        float[] values = new float[InFeatures * OutFeatures];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Philox.Uniform(1, (ulong)i) - 0.5);
        _weights = _device.LoadLinear(Stored(HostTensor.FromArray(values, OutFeatures, InFeatures)), null);
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

    private HostTensor Stored(HostTensor matrix)
    {
        switch (Weights)
        {
            case "int8":
                return BlockQuantization.Quantize(WeightFormat.Int8Block32, matrix);
            case "int4":
                return BlockQuantization.Quantize(WeightFormat.Int4Block32, matrix);
            case "f16":
                byte[] halves = GC.AllocateUninitializedArray<byte>(checked((int)matrix.Length * 2), pinned: true);
                FloatConversion.FromSingle(matrix.ToSingleArray(), ElementType.F16, halves);
                return new HostTensor(Marshal.UnsafeAddrOfPinnedArrayElement(halves, 0), ElementType.F16, matrix.Rows, matrix.Columns, matrix.Columns, halves);
            default:
                return matrix;
        }
    }
}
